"""SePay from SePay's side, and the bank behind it."""

from local.simulators.sepay.simulator import Sepay

__all__ = ["Sepay"]
