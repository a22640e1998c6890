"""Stripe Checkout from Stripe's side."""

from local.simulators.stripe.simulator import Stripe

__all__ = ["Stripe"]
