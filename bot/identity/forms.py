"""The secure field: a form of one secret, shown apart from the chat and kept nowhere in it."""

from typing import Any

from bot.conversation.ports import Say
from bot.identity.codes import DIGITS

#: A whole ID number may be given in place of its end.
ID_LENGTH = 18
#: The kind of secret that each of these forms asks for.
SECRET_FORMS = {"secret_code": "code", "secret_id": "id_characters"}


def secret_form(kind: str, language: str, say: Say) -> dict[str, Any]:
    """The form that asks for a `code` or for `id_characters`, as the widget shows it."""
    if kind == "code":
        field = {"name": "code", "max": DIGITS, "inputmode": "numeric"}
        form = "secret_code"
    else:
        field = {"name": "id_characters", "max": ID_LENGTH, "inputmode": "text"}
        form = "secret_id"
    field |= {"label": say(f"{form}_label", language), "type": "secret", "required": True}
    return {
        "id": form,
        "title": say(f"{form}_title", language),
        "fields": [field],
        "submit": say("secret_submit", language),
    }
