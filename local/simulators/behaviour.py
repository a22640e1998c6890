"""How a provider behaves at the moment: what a person has switched at /local/providers/{provider} to see what we do."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, get_args

Query = Literal["normal", "lag", "error", "timeout"]
Refund = Literal["normal", "refused", "pending"]

QUERIES: tuple[Query, ...] = get_args(Query)
REFUNDS: tuple[Refund, ...] = get_args(Refund)

LAG = timedelta(minutes=15)
"""How old the state is that a lagging provider tells. What it was asked for it knows at once."""

LONGER_THAN_ANYBODY_WAITS = 12.0
"""Seconds before an answer that is to come too late."""


@dataclass(slots=True)
class Behaviour:
    """`query`: answers as it is, tells the state of `LAG` ago, answers HTTP 500, or answers too late.

    `refund`: done at once, refused, or taken in and pending until this is switched to another value: then what is
    pending ends so.
    """

    query: Query = "normal"
    refund: Refund = "normal"
