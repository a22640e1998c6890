"""The most modules that importing a handler may load, and what it must not load at all.

A bare boto3 client of DynamoDB is at about 400. Raise a budget only with the figures of `make bench` beside it.
"""

MODULES = {
    "admin": 190,
    "create_order": 265,
    "deliver_events": 175,
    "get_account": 160,
    "keep_failed": 155,
    "list_plans": 135,
    "payment_webhook": 150,
    "reconcile_payments": 180,
    "record_usage": 155,
    "remind_renewals": 155,
    "send_invoice": 165,
    "send_reminder": 170,
}

ADAPTER_MODULES = 10
"""The most modules that a provider's adapter may add to the handler that uses it."""

_HEAVY = {"boto3", "aws_lambda_powertools", "pydantic", "jinja2", "typst", "stdnum", "babel"}
FORBIDDEN = {
    "admin": _HEAVY,
    "create_order": _HEAVY - {"pydantic", "stdnum"},
    "deliver_events": _HEAVY,
    "get_account": _HEAVY,
    "keep_failed": _HEAVY,
    "list_plans": _HEAVY,
    "payment_webhook": _HEAVY,
    "reconcile_payments": _HEAVY,
    "record_usage": _HEAVY,
    "remind_renewals": _HEAVY,
    "send_invoice": _HEAVY,
    "send_reminder": _HEAVY,
}
