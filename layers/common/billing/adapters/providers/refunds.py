"""What adapters of providers with a refund API have in common."""

from billing.service.provider_port import RefundAnswer

NEVER_HEARD_OF = RefundAnswer("failed", "unknown")
"""The provider knows of no such refund: it may be asked for (again)."""
