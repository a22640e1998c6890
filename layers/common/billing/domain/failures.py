"""Why an attempt failed, in the few kinds that a buyer can do something about. Providers' own codes stay inside.

The code is that of the notice: VNPAY's response code or transaction status, MoMo's resultCode, payOS's link status.
ZaloPay and Stripe tell of an attempt's end without its cause.
"""

CANCELLED, EXPIRED, FUNDS, LIMIT, IDENTITY, BLOCKED, MAINTENANCE = (
    "cancelled",
    "expired",
    "insufficient_funds",
    "limit_exceeded",
    "not_confirmed",
    "account_blocked",
    "maintenance",
)

KINDS = {
    "vnpay": {
        "09": BLOCKED,
        "10": IDENTITY,
        "11": EXPIRED,
        "12": BLOCKED,
        "13": IDENTITY,
        "24": CANCELLED,
        "51": FUNDS,
        "65": LIMIT,
        "75": MAINTENANCE,
        "79": IDENTITY,
    },
    "momo": {
        "10": MAINTENANCE,
        "1001": FUNDS,
        "1003": CANCELLED,
        "1004": LIMIT,
        "1005": EXPIRED,
        "1006": CANCELLED,
        "1007": BLOCKED,
        "4001": BLOCKED,
        "4100": IDENTITY,
    },
    "payos": {"CANCELLED": CANCELLED, "EXPIRED": EXPIRED},
}


def failure_kind(provider: str, reason: str | None) -> str | None:
    """What a buyer is told of a failed attempt; None where the provider's code says nothing useful to them."""
    return KINDS.get(provider, {}).get(reason or "")
