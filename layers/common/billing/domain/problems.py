"""What may go wrong by the caller's doing, as codes that clients switch on (contract, section 2)."""

from dataclasses import dataclass
from dataclasses import field as default
from typing import Any

STATUS = {
    "malformed_json": 400,
    "idempotency_key_required": 400,
    "unauthorized": 401,
    "quota_exceeded": 402,
    "forbidden": 403,
    "plan_not_found": 404,
    "order_not_found": 404,
    "payment_not_found": 404,
    "invoice_not_found": 404,
    "refund_not_found": 404,
    "exception_not_found": 404,
    "not_found": 404,
    "idempotency_conflict": 409,
    "order_not_pending": 409,
    "exception_not_open": 409,
    "exception_action_impossible": 409,
    "coupon_exhausted": 409,
    "coupon_already_used": 409,
    "coupon_expired": 409,
    "coupon_not_started": 409,
    "credit_reserved": 409,
    "quote_expired": 409,
    "amount_out_of_range": 409,
    "hold_not_open": 409,
    "refund_not_possible": 409,
    "coupon_exists": 409,
    "coupon_in_catalogue": 409,
    "coupon_changed": 409,
    "endpoint_exists": 409,
    "too_many_endpoints": 409,
    "endpoint_changed": 409,
    "too_large": 413,
    "unsupported_media_type": 415,
    "validation_failed": 422,
    "quantity_out_of_range": 422,
    "tax_code_invalid": 422,
    "coupon_not_found": 422,
    "coupon_not_applicable": 422,
    "quote_invalid": 422,
    "plan_not_purchasable": 422,
    "internal": 500,
    "provider_unavailable": 503,
}


MEMBERS = {"quota_exceeded": ("remaining",)}
"""What of `params` a problem document says as a member of its own as well: figures that a program goes on with."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One refused field: its path as the caller wrote it ("invoice.tax_code"), a code, and what the text needs."""

    field: str
    code: str
    params: dict[str, Any] = default(default_factory=dict)


class Problem(Exception):
    """A refusal with a code of `STATUS`; `errors` name the fields.

    `params` fill the sentence shown to people: values, or names by language.
    """

    def __init__(self, code: str, *, errors: tuple[FieldError, ...] = (), **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.status = STATUS[code]
        self.params = params
        self.errors = errors
