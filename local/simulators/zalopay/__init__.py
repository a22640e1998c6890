"""ZaloPay v2 from ZaloPay's side."""

from local.simulators.zalopay.simulator import Zalopay

__all__ = ["Zalopay"]
