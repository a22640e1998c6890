"""VNPAY 2.1.0 from VNPAY's side."""

from local.simulators.vnpay.simulator import Vnpay

__all__ = ["Vnpay"]
