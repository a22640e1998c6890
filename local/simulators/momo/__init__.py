"""MoMo v2 from MoMo's side."""

from local.simulators.momo.simulator import Momo

__all__ = ["Momo"]
