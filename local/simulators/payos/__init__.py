"""payOS from payOS's side."""

from local.simulators.payos.simulator import Payos

__all__ = ["Payos"]
