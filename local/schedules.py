"""EventBridge's schedules on real time. Moving the simulated clock runs none of them; /local/run does."""

import re
import threading
from collections.abc import Iterable
from typing import Any

from local.deployment import Schedule
from local.logs import Log
from local.workers import EventTooLarge, FunctionBusy, FunctionFailed, Workers

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86400}


class Schedules:
    """The functions that have a schedule, by name."""

    def __init__(self, workers: Iterable[Workers], log: Log) -> None:
        self._workers = {one.function.name: one for one in workers if one.function.schedules}
        self._log = log
        self._stopped = threading.Event()

    def __contains__(self, name: str) -> bool:
        return name in self._workers

    def run(self, name: str) -> Any:
        """Run a function as its schedule would, now; its result."""
        workers = self._workers[name]
        return workers.invoke(workers.function.schedules[0].event)

    def start(self) -> None:
        """Run the functions with a rate from time to time. Others (cron) have too long a wait to matter here."""
        for name, workers in self._workers.items():
            for schedule in workers.function.schedules:
                if interval := seconds_between(schedule):
                    threading.Thread(target=self._repeat, args=(name, interval), daemon=True).start()

    def stop(self) -> None:
        """Start no further run."""
        self._stopped.set()

    def _repeat(self, name: str, interval: int) -> None:
        while not self._stopped.wait(interval):
            try:
                self.run(name)
            except (FunctionFailed, FunctionBusy, EventTooLarge) as failure:
                self._log.warn("schedule", str(failure))


def seconds_between(schedule: Schedule) -> int | None:
    """The seconds between two runs of a rate; None for any other expression."""
    match = _RATE.fullmatch(schedule.expression)
    return int(match[1]) * _SECONDS[match[2]] if match else None
