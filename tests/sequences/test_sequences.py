"""No payment is lost or doubled, whatever happens: promises 1, 2, 3, 5 and 6 of the contract, for every provider.

Each example is a sequence of events at one provider (others join in) from an empty system to the point where nothing is
left to do. docs/reliability.md says what is checked, and how to run many more.
"""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.support.sequences.checks import run
from tests.support.sequences.epilogue import whole_sequences
from tests.support.sequences.events import PROVIDERS
from tests.support.whole import Whole, open_whole

SEQUENCES = int(os.environ.get("GOI_SEQUENCES", "2000"))
"""How many in all, spread over the providers."""


@pytest.fixture(scope="module")
def whole() -> Iterator[Whole]:
    """The system, made new for each sequence."""
    with open_whole() as running:
        yield running


@pytest.mark.timeout(0)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_no_payment_is_lost_or_doubled(whole: Whole, provider: str) -> None:
    """T05, T07, T12, T49: lost, late, doubled, reordered and forged messages, crashes and second attempts."""

    @settings(
        max_examples=-(-SEQUENCES // len(PROVIDERS)),
        phases=(Phase.generate, Phase.shrink),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(whole_sequences())
    def holds(steps: list[tuple[str, dict[str, object]]]) -> None:
        run(whole, provider, steps)

    holds()
