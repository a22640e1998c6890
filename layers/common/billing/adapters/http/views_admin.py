"""Answers to operators: what a buyer's view does not show."""

from typing import Any

from billing.domain.audit import AuditEntry
from billing.domain.times import to_text


def audit_view(entry: AuditEntry) -> dict[str, Any]:
    """One act of an operator."""
    return {
        "id": entry.id,
        "at": to_text(entry.at),
        "actor": entry.actor,
        "action": entry.action,
        "target": entry.target,
        "details": dict(entry.details),
    }
