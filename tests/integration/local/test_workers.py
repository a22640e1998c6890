"""Functions in processes of their own."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from local.clock import Clock
from local.workers import MAX_WORKERS, EventTooLarge, FunctionFailed
from tests.integration.local.conftest import MakeWorkers


def test_a_function_sees_its_own_environment_only(make_workers: MakeWorkers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OF_THE_RUNNER", "1")
    workers = make_workers(
        "import os, sys\ndef handler(event, context):\n    return [dict(os.environ), sys.path[0], os.getcwd()]",
        environment={"TABLE_NAME": "goi"},
    )
    environment, first_path, folder = workers.invoke({})
    assert environment["TABLE_NAME"] == "goi"
    assert environment["AWS_REGION"] == "ap-southeast-1"
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == "sample"
    assert environment["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
    assert "OF_THE_RUNNER" not in environment
    assert first_path == folder == str(workers.function.folder)


def test_a_function_cannot_import_the_runner(make_workers: MakeWorkers) -> None:
    workers = make_workers(
        """
        import importlib.util
        def handler(event, context):
            return [importlib.util.find_spec(name) is not None for name in ("billing", "operations", "tests")]
        """
    )
    assert workers.invoke({}) == [True, False, False]


def test_a_function_keeps_its_state_between_events(make_workers: MakeWorkers) -> None:
    workers = make_workers("seen = []\ndef handler(event, context):\n    seen.append(event)\n    return seen")
    workers.invoke(1)
    assert workers.invoke(2) == [1, 2]


def test_the_context_is_lambdas(make_workers: MakeWorkers) -> None:
    workers = make_workers(
        """
        def handler(event, context):
            left = context.get_remaining_time_in_millis()
            arn, request_id = context.invoked_function_arn, context.aws_request_id
            return [context.function_name, context.memory_limit_in_mb, arn, request_id, left]
        """,
        timeout=7,
    )
    name, memory, arn, request_id, left = workers.invoke({})
    assert (name, memory) == ("sample", "128")
    assert arn.endswith(":function:sample")
    assert len(request_id) == 36
    assert 5000 < left <= 7000


def test_simulated_time_reaches_the_function(make_workers: MakeWorkers, clock: Clock) -> None:
    workers = make_workers(
        """
        from billing.adapters.clock import SystemClock
        def handler(event, context):
            return SystemClock().now().isoformat()
        """
    )
    clock.set("2030-01-01T00:00:00Z")
    assert workers.invoke({}).startswith("2030-01-01T00:00:")
    clock.set("2020-01-01T00:00:00Z")
    assert workers.invoke({}).startswith("2020-01-01T00:00:")


def test_an_exception_is_a_failure_and_the_worker_lives_on(make_workers: MakeWorkers) -> None:
    workers = make_workers(
        """
        import os
        def handler(event, context):
            if event == "bad":
                raise KeyError("a")
            return os.getpid()
        """
    )
    before = workers.invoke("good")
    with pytest.raises(FunctionFailed, match="KeyError"):
        workers.invoke("bad")
    assert workers.invoke("good") == before


def test_an_answer_that_is_no_json_is_a_failure(make_workers: MakeWorkers) -> None:
    with pytest.raises(FunctionFailed, match="TypeError"):
        make_workers("def handler(event, context):\n    return {1, 2}").invoke({})


def test_a_function_that_cannot_be_loaded_is_a_failure_each_time(make_workers: MakeWorkers) -> None:
    workers = make_workers("import nothing_of_this_name")
    for _ in range(2):
        with pytest.raises(FunctionFailed, match="nothing_of_this_name"):
            workers.invoke({})


def test_a_hanging_worker_is_replaced(make_workers: MakeWorkers) -> None:
    workers = make_workers(
        "import time\ndef handler(event, context):\n    time.sleep(event)\n    return 'done'", timeout=1
    )
    with pytest.raises(FunctionFailed, match="ran out of time"):
        workers.invoke(60)
    assert workers.invoke(0) == "done"


def test_a_dying_worker_is_replaced(make_workers: MakeWorkers) -> None:
    workers = make_workers(
        "import os\ndef handler(event, context):\n    if event == 'die':\n        os._exit(1)\n    return 'alive'"
    )
    assert workers.invoke("live") == "alive"
    with pytest.raises(FunctionFailed, match="died"):
        workers.invoke("die")
    assert workers.invoke("live") == "alive"


def test_several_events_run_at_once_in_a_few_processes(make_workers: MakeWorkers) -> None:
    workers = make_workers(
        "import os, time\ndef handler(event, context):\n    time.sleep(0.2)\n    return os.getpid()", timeout=30
    )
    with ThreadPoolExecutor(12) as threads:
        processes = set(threads.map(workers.invoke, range(12)))
    assert 1 < len(processes) <= MAX_WORKERS


def test_log_lines_arrive_before_the_answer(make_workers: MakeWorkers, capsys: pytest.CaptureFixture[str]) -> None:
    workers = make_workers(
        "import sys\ndef handler(event, context):\n    print('said')\n    print('warned', file=sys.stderr)"
    )
    workers.invoke({})
    assert capsys.readouterr().err == "[sample] said\n[sample] warned\n"


def test_lambdas_limits_hold_for_events_and_answers(make_workers: MakeWorkers) -> None:
    workers = make_workers("def handler(event, context):\n    return 'x' * int(event)")
    with pytest.raises(EventTooLarge):
        workers.invoke("x" * (6 * 1024 * 1024))
    with pytest.raises(FunctionFailed, match="answered with more"):
        workers.invoke("7000000")


def test_stopping_ends_the_processes(make_workers: MakeWorkers) -> None:
    workers = make_workers("import os\ndef handler(event, context):\n    return os.getpid()")
    workers.invoke({})
    started = time.monotonic()
    workers.stop()
    assert time.monotonic() - started < 5
