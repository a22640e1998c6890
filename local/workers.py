"""Processes that run the functions: each function has its own, as in Lambda, up to a few at a time.

A process handles one event at a time, has the environment that the template gives, and is thrown away when it hangs or
dies. Processes are forked from a server that has the libraries loaded, so a new one takes milliseconds.
"""

import json
import os
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from multiprocessing import get_context
from typing import Any

from local import worker
from local.clock import Clock
from local.deployment import Function
from local.logs import Log
from local.template import REGION, ROOT

MAX_WORKERS = 4
INIT_SECONDS = 30
WAIT_SECONDS = 29
EVENT_LIMIT = 6 * 1024 * 1024
"""Lambda's own limit of an event and of an answer, in bytes."""

LIBRARIES = ("boto3", "botocore.config", "botocore.httpsession", "jinja2", "typst", "stdnum.vn.mst", "pydantic")

_context = get_context("forkserver")
_starting = threading.Lock()


class FunctionFailed(Exception):
    """The handler raised, could not be loaded, ran out of time or took its process down."""


class WorkerDied(FunctionFailed):
    """The process is gone: it crashed, or everything is being stopped."""


class FunctionBusy(Exception):
    """No worker was free in time."""


class EventTooLarge(Exception):
    """The event is larger than Lambda takes."""


def prepare() -> None:
    """Start the server that workers are forked from, with the libraries loaded, in the background."""
    _context.set_forkserver_preload([*LIBRARIES, "local.worker"])
    from multiprocessing import forkserver

    forkserver.ensure_running()


class Workers:
    """The workers of one function; a new one is started when all are busy."""

    def __init__(self, function: Function, surroundings: Mapping[str, str], clock: Clock, log: Log) -> None:
        self._function = function
        self._clock = clock
        self._log = log
        self._idle: list[_Worker] = []
        self._count = 0
        self._stopped = False
        self._changed = threading.Condition()
        self._task = worker.Task(
            function=function.name,
            arn=function.arn,
            folder=str(function.folder),
            handler=function.handler,
            timeout=function.timeout,
            memory=function.memory,
            environment={**surroundings, **_lambda_variables(function), **function.environment},
            hidden=str(ROOT),
        )

    @property
    def function(self) -> Function:
        """The function that they run."""
        return self._function

    def invoke(self, event: Any) -> Any:
        """The handler's answer, through JSON as Lambda passes it. `FunctionFailed`, `FunctionBusy`, `EventTooLarge`."""
        text = json.dumps(event)
        if len(text) > EVENT_LIMIT:
            raise EventTooLarge
        call = worker.Call(str(uuid.uuid4()), text, self._clock.offset)
        one = self._take()
        try:
            answer = one.call(call)
        finally:
            self._give_back(one)
        if len(answer) > EVENT_LIMIT:
            raise FunctionFailed(f"{self._function.name} answered with more than {EVENT_LIMIT} bytes")
        return json.loads(answer)

    def warm(self) -> None:
        """Have one worker ready, so that the first request need not wait for the imports."""
        try:
            one = self._take()
        except (FunctionBusy, WorkerDied):
            return
        try:
            one.wait_until_ready()
        except WorkerDied:
            pass
        except FunctionFailed as failure:
            self._log.warn(self._function.name, str(failure))
        finally:
            self._give_back(one)

    def stop(self) -> None:
        """End every worker; busy ones end with their call."""
        with self._changed:
            self._stopped = True
            idle, self._idle = self._idle, []
            self._count -= len(idle)
            self._changed.notify_all()
        for one in idle:
            one.stop()

    def _take(self) -> "_Worker":
        deadline = time.monotonic() + WAIT_SECONDS
        with self._changed:
            while not self._stopped:
                if self._idle:
                    return self._idle.pop()
                if self._count < MAX_WORKERS:
                    self._count += 1
                    break
                if not self._changed.wait(deadline - time.monotonic()):
                    raise FunctionBusy(self._function.name)
            else:
                raise FunctionBusy(self._function.name)
        try:
            return _Worker(self._task, self._log)
        except (EOFError, OSError):  # the server that forks them was ended before us
            self._forget()
            raise WorkerDied(f"{self._function.name}: no process could be started") from None

    def _give_back(self, one: "_Worker") -> None:
        with self._changed:
            if one.usable and not self._stopped:
                self._idle.append(one)
                self._changed.notify()
                return
        self._forget()
        one.stop()

    def _forget(self) -> None:
        with self._changed:
            self._count -= 1
            self._changed.notify()


class _Worker:
    """This side of one process."""

    def __init__(self, task: worker.Task, log: Log) -> None:
        self._task = task
        self._log = log
        self._ready = False
        self.usable = True
        self._connection, theirs = _context.Pipe()
        with _starting:
            self._process = _context.Process(target=worker.serve, args=(theirs, task), daemon=True)
            self._process.start()
        theirs.close()

    def wait_until_ready(self) -> None:
        """Return when the function is loaded."""
        if not self._ready:
            self._receive(time.monotonic() + INIT_SECONDS, "ready")
            self._ready = True

    def call(self, call: worker.Call) -> str:
        """The handler's answer as JSON."""
        self.wait_until_ready()
        self._guarded(lambda: self._connection.send(call))
        return self._receive(time.monotonic() + self._task.timeout, "done")

    def stop(self) -> None:
        """End the process: the closed pipe asks it to, and a second later it is made to."""
        self._connection.close()
        self._process.join(1 if self.usable else 0)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def _receive(self, deadline: float, wanted: str) -> str:
        while True:
            if not self._guarded(lambda: self._connection.poll(max(0, deadline - time.monotonic()))):
                self.usable = False
                raise FunctionFailed(f"{self._task.function} ran out of time ({self._task.timeout} s)")
            kind, *rest = self._guarded(self._connection.recv)
            if kind == "log":
                self._log.write(self._task.function, *rest)
            elif kind == "failed":
                self.usable = self._ready  # a handler's exception leaves a sandbox as it is; a failed import does not
                raise FunctionFailed(f"{self._task.function}: {': '.join(rest)}")
            elif kind == wanted:
                return rest[0] if rest else ""

    def _guarded(self, action: Callable[[], Any]) -> Any:
        try:
            return action()
        except (EOFError, OSError):
            self.usable = False
            raise WorkerDied(f"{self._task.function}: its process died") from None


def surroundings(endpoint: str) -> dict[str, str]:
    """What every function finds in its environment beside the template's variables."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH") if name in os.environ}
    return {
        **kept,
        "LANG": "C.UTF-8",
        "TZ": ":UTC",
        "PYTHONPATH": str(ROOT / "layers" / "common"),
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": endpoint,
    }


def _lambda_variables(function: Function) -> dict[str, str]:
    return {
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "LAMBDA_TASK_ROOT": str(function.folder),
        "_HANDLER": function.handler,
    }
