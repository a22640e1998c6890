"""The inside of a worker: one process that runs one function, one event after the other, as a Lambda sandbox does.

It sends tuples through its pipe: ("ready",), ("log", stream, line), ("done", json) or ("failed", type, message).
It imports nothing of this package: a function must not find here what it would not find in Lambda.
"""

import importlib
import importlib.util
import io
import json
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from typing import Any


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker is for. `hidden` is the folder whose modules the function must not see."""

    function: str
    arn: str
    folder: str
    handler: str
    timeout: int
    memory: int
    environment: Mapping[str, str]
    hidden: str


@dataclass(frozen=True, slots=True)
class Call:
    """One invocation; `offset` is how far simulated time is from the real one."""

    request_id: str
    event: str
    offset: timedelta


@dataclass
class LambdaContext:
    """Lambda's context object."""

    function_name: str
    memory_limit_in_mb: str
    invoked_function_arn: str
    aws_request_id: str
    deadline: float
    function_version: str = "$LATEST"
    log_group_name: str = ""
    log_stream_name: str = "local"
    identity: Any = None
    client_context: Any = field(default=None)

    def get_remaining_time_in_millis(self) -> int:
        """Time left, in milliseconds."""
        return max(0, int((self.deadline - time.monotonic()) * 1000))


def serve(connection: Connection, task: Task) -> None:
    """Load the function and answer calls until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the runner ends its workers itself
    pipe = _Pipe(connection)
    sys.stdout, sys.stderr = _Lines(pipe, "stdout"), _Lines(pipe, "stderr")
    offset = _Offset()
    try:
        handler = _load(task)
        offset.patch()
    except BaseException as error:  # noqa: BLE001  whatever stops the import is told to the caller
        pipe.send("failed", type(error).__name__, traceback.format_exc())
        return
    pipe.send("ready")
    while True:
        try:
            call: Call = connection.recv()
        except EOFError:
            return
        offset.value = call.offset
        _run(handler, task, call, pipe)


def _load(task: Task) -> Any:
    os.environ.clear()
    os.environ.update(task.environment)
    time.tzset()
    os.chdir(task.folder)
    own = [task.folder, *filter(None, task.environment.get("PYTHONPATH", "").split(os.pathsep))]
    sys.path[:] = [*own, *(path for path in sys.path if path not in {"", task.hidden, *own})]
    module, _, name = task.handler.rpartition(".")
    return getattr(importlib.import_module(module.replace("/", ".")), name)


def _run(handler: Any, task: Task, call: Call, pipe: "_Pipe") -> None:
    context = LambdaContext(
        function_name=task.function,
        memory_limit_in_mb=str(task.memory),
        invoked_function_arn=task.arn,
        aws_request_id=call.request_id,
        deadline=time.monotonic() + task.timeout,
        log_group_name=f"/aws/lambda/{task.function}",
    )
    try:
        answer = json.dumps(handler(json.loads(call.event), context))
    except BaseException as error:  # noqa: BLE001  Lambda reports whatever a handler raises
        traceback.print_exc()
        pipe.send("failed", type(error).__name__, str(error))
    else:
        pipe.send("done", answer)


class _Offset:
    """Moves the billing layer's clock, if the function has one; its code knows nothing of it."""

    def __init__(self) -> None:
        self.value = timedelta()

    def patch(self) -> None:
        if importlib.util.find_spec("billing") is None:
            return
        clock = importlib.import_module("billing.adapters.clock").SystemClock
        clock.now = lambda _clock: (datetime.now(UTC) + self.value).replace(microsecond=0)


class _Pipe:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()

    def send(self, *message: str) -> None:
        try:
            with self._lock:
                self._connection.send(message)
        except OSError:
            os._exit(0)  # the runner has ended: nobody is left to hear anything


class _Lines(io.TextIOBase):
    """A text stream whose lines go through the pipe."""

    def __init__(self, pipe: _Pipe, name: str) -> None:
        self._pipe = pipe
        self._name = name
        self._rest = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._pipe.send("log", self._name, line)
        return len(text)
