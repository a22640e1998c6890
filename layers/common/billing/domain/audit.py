"""What operators did: every change they make leaves an entry, written in the same transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act. `target` names what it was done to ("order ord_...", "exception exc_..."), `actor` who did it.

    `details` are plain values: amounts in minor units, reasons as the operator gave them.
    """

    id: str
    at: datetime
    actor: str
    action: str
    target: str
    details: Mapping[str, Any] = field(default_factory=dict)
