"""A buyer's details for a VAT invoice. Tax codes: 10 digits with a check digit, a branch after them (10-3)."""

import re

from billing.domain.invoices import Buyer
from billing.domain.kinds import BuyerType
from billing.domain.problems import FieldError, Problem
from billing.domain.text import is_email

NATIONAL_ID = re.compile(r"[0-9]{12}")


def tax_code(text: str, buyer_type: BuyerType) -> str:
    """The tax code in its printed form ("0100233488", "0314409058-002"); `ValueError` if there can be no such code.

    An individual's 12-digit personal id serves as tax code (docs/providers.md names the source).
    """
    digits = re.sub(r"[\s.\-]", "", text)
    if buyer_type == "individual" and NATIONAL_ID.fullmatch(digits):
        return digits
    from stdnum.exceptions import ValidationError  # few buyers ask for an invoice, and all others wait for its import
    from stdnum.vn import mst

    try:
        return str(mst.format(mst.validate(digits)))
    except ValidationError as error:
        raise ValueError(str(error)) from None


def check_buyer(buyer: Buyer) -> Buyer:
    """`buyer` with its tax code in printed form; `Problem` naming each field that does not fit."""
    errors = []
    compact = ""
    if buyer.tax_code:
        try:
            compact = tax_code(buyer.tax_code, buyer.buyer_type)
        except ValueError:
            errors.append(FieldError("invoice.tax_code", "tax_code_invalid"))
    elif buyer.buyer_type == "company":
        errors.append(FieldError("invoice.tax_code", "required"))
    if buyer.email and not is_email(buyer.email):
        errors.append(FieldError("invoice.email", "email"))
    if buyer.national_id and not NATIONAL_ID.fullmatch(buyer.national_id):
        errors.append(FieldError("invoice.national_id", "national_id"))
    if errors:
        only_tax_code = {error.code for error in errors} == {"tax_code_invalid"}
        raise Problem("tax_code_invalid" if only_tax_code else "validation_failed", errors=tuple(errors))
    return Buyer(buyer.buyer_type, buyer.name, compact, buyer.address, buyer.email, buyer.national_id)
