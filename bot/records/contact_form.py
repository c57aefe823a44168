"""The form for name and phone under one purpose; consent is a field of its own, never ticked before (L02)."""

from typing import Any

from bot.conversation.ports import Say
from bot.records.fields import LIMITS

#: The form of purpose X has this name and X behind it.
PREFIX = "contact_"


def contact_form(form: str, say: Say, language: str) -> dict[str, Any]:
    """The form of this name as the widget shows it; what is agreed to stands in the message above it."""
    return {
        "id": form,
        "title": say("form_title_contact", language),
        "fields": [
            _field("name", say("form_name", language), "text"),
            _field("phone", say("form_phone", language), "tel"),
            {
                "name": "consent", "label": say("form_contact_consent", language), "type": "checkbox",
                "required": True,
            },
        ],
        "submit": say("form_submit", language),
    }


def _field(name: str, label: str, kind: str) -> dict[str, Any]:
    return {"name": name, "label": label, "type": kind, "required": True, "max": LIMITS[name]}
