"""The few words that a sale and its document know."""

from typing import Literal

Kind = Literal["vat_invoice", "receipt"]
BuyerType = Literal["company", "individual"]
TaxKind = Literal["taxable", "not_subject", "exempt"]
Language = Literal["vi", "en"]
