"""What sweeps of the time buckets have in common: one entry's failure is its own, and a run has its time."""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import TypeVar

Entry = TypeVar("Entry")

FIRST_AGAIN, LONGEST_AGAIN = timedelta(minutes=10), timedelta(hours=6)
"""When what could not be finished is looked at again: after the first, then twice as long each time, up to the last."""

DOUBLINGS = 6
"""After so many the wait has its longest."""


def wait_after(tries: int) -> timedelta:
    """How long an entry waits that was put off `tries` times before."""
    doubled: int = 1 << min(tries, DOUBLINGS)
    return min(FIRST_AGAIN * doubled, LONGEST_AGAIN)


def each(
    entries: Iterable[Entry],
    act: Callable[[Entry], tuple[str, ...]],
    spare: Callable[[Entry, Exception], tuple[str, ...]],
    elapsed: Callable[[], float],
    seconds: float,
) -> Iterator[str]:
    """What was done, by name: `act` for each entry, `spare` for one that fails; none is begun after `seconds`."""
    end = elapsed() + seconds
    for entry in entries:
        try:
            done = act(entry)
        except Exception as error:  # noqa: BLE001 - told to an operator; the others must not wait for this one
            done = spare(entry, error)
        yield from done
        if elapsed() > end:
            break
