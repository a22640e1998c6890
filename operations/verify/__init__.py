"""Is what is stored right? Balances, coupon counts and document numbers, derived again from what they came from."""

from operations.verify.checks import Difference, differences
from operations.verify.facts import Facts
from operations.verify.scanning import Progress, read_account, read_table

__all__ = ["Difference", "Facts", "Progress", "differences", "read_account", "read_table"]
