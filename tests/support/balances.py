"""What an account has of a feature, as people see it, and whether everything stored can be explained."""

from billing.adapters import aws
from operations.verify import differences, read_table
from tests.support.shop import TABLE, Buyer


def figures(buyer: Buyer, feature: str = "tokens") -> tuple[int, int, int, int]:
    """(granted, used, held, remaining)."""
    balance = buyer.balance(feature)
    return balance["granted"], balance["used"], balance["held"], balance["remaining"]


def agree() -> None:
    """Everything stored can be derived again from its entries."""
    assert differences(read_table(aws.client("dynamodb"), TABLE)) == []
