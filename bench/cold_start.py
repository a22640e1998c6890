"""Cold starts: from starting the emulator to the first answer, as ratios to a bare boto3 handler in the same rounds."""

import json
import statistics
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.emulator import first_answer
from bench.packages import Packages
from bench.scene import Event, Scene, gateway_event, order_event, usage_event

COUNT_MODULES = "import sys, app; print(len(sys.modules))"


@dataclass(frozen=True, slots=True)
class Subject:
    """One first request. `limit` is the greatest ratio to the baseline that is accepted."""

    name: str
    function: str
    limit: float
    event: Callable[[], Event]


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured: milliseconds (median), the ratio of medians, and the modules at the end of the import."""

    subject: Subject
    milliseconds: float
    ratio: float
    modules: int

    @property
    def is_good(self) -> bool:
        """Within the limit."""
        return self.ratio <= self.subject.limit


def subjects(scene: Scene) -> list[Subject]:
    """The baseline first, then a first request of each function."""
    webhook = scene.webhook()
    quote = {"plan_id": "pro", "interval": "month", "quantity": 3}
    return [
        Subject("baseline", "baseline", 1.0, dict),
        Subject("list_plans: GET /plans", "list_plans", 1.25, lambda: gateway_event("GET /plans")),
        Subject("payment_webhook: VNPAY", "payment_webhook", 1.25, lambda: webhook),
        Subject("create_order: POST /quotes", "create_order", 1.65, lambda: gateway_event("POST /quotes", quote)),
        Subject("create_order: POST /orders", "create_order", 1.65, order_event),
        Subject("get_account: GET /account", "get_account", 1.25, lambda: gateway_event("GET /account")),
        Subject("record_usage: POST /usage", "record_usage", 1.25, usage_event),
        Subject("send_invoice: fulfil, issue, send", "send_invoice", 2.0, scene.message),
        Subject("reconcile_payments", "reconcile_payments", 1.65, dict),
    ]


def measure(python: Path, packages: Packages, scene: Scene, rounds: int) -> list[Figure]:
    """Every subject in every round, so that whatever else the machine does meets all of them alike."""
    wanted = subjects(scene)
    scene.keep()
    seconds: dict[str, list[float]] = {subject.name: [] for subject in wanted}
    for number in range(rounds + 1):
        for subject in wanted:
            taken = _once(python, packages, scene, subject)
            if number:  # the first round warms the machine's caches
                seconds[subject.name].append(taken)
        print(f"  round {number} of {rounds}", flush=True)
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    modules = {name: count_modules(python, packages, scene.environment(name), name) for name in packages.functions}
    return [
        Figure(one, medians[one.name] * 1000, medians[one.name] / medians["baseline"], modules[one.function])
        for one in wanted
    ]


def _once(python: Path, packages: Packages, scene: Scene, subject: Subject) -> float:
    event = subject.event()
    folder = packages.functions[subject.function]
    answer = first_answer(python, folder, packages.layer, scene.environment(subject.function), event)
    scene.tidy()
    if not _is_success(answer.payload):
        raise RuntimeError(f"{subject.name} answered {json.dumps(answer.payload)[:500]}")
    return answer.seconds


def _is_success(payload: object) -> bool:
    if not isinstance(payload, dict) or "errorMessage" in payload:
        return False
    return payload.get("statusCode", 200) < 300 and not payload.get("batchItemFailures")  # noqa: PLR2004


def count_modules(python: Path, packages: Packages, environment: Mapping[str, str], function: str) -> int:
    """Modules that are loaded once the handler is imported: steadier than any time."""
    done = subprocess.run(
        [str(python), "-c", COUNT_MODULES],
        cwd=packages.functions[function],
        env={**environment, "PYTHONPATH": str(packages.layer), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout)
