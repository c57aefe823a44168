"""Requests to pass records on, as the desk shows them."""

from typing import Any

from bot.desk.ticket_view import rfc3339
from bot.records.export_store import Export


def export_view(export: Export) -> dict[str, Any]:
    """One request; the records themselves are in the document alone."""
    return {
        "reference": export.reference,
        "state": export.state.value,
        "kind": export.kind,
        "things": export.things,
        "recipient": export.recipient,
        "purpose": export.purpose,
        "note": export.note,
        "detail": export.detail,
        "ground": export.ground,
        "legal_ground": export.legal_ground,
        "requested_by": export.requested_by,
        "requested_at": rfc3339(export.requested_at),
        "decided_by": export.decided_by,
        "decided_at": rfc3339(export.decided_at),
        "decision_note": export.decision_note,
        "open_until": rfc3339(export.open_until),
        "fetched_at": rfc3339(export.fetched_at),
        "passed_on": export.passed_on,
        "left_out": export.left_out,
        "sha256": export.sha256,
    }
