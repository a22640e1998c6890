"""The system in a process of its own, on a free port: for the demo and for tests that come from outside."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from local.template import ROOT

READY = "Ready"
NO_START = "the system did not start"
START_SECONDS = 60
STOP_SECONDS = 20


class NotStarted(Exception):
    """The system ended instead of getting ready; it has said why on stderr."""


@contextmanager
def running_system(environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """A system that runs inside the `with`; its address. Schedules run only when they are asked for."""
    variables = {**os.environ, "HOST": "127.0.0.1", "PORT": "0", "SCHEDULES": "0", **(environment or {})}
    command = [sys.executable, "-m", "local"]
    with subprocess.Popen(command, cwd=ROOT, env=variables, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        impatience = threading.Timer(START_SECONDS, process.kill)
        impatience.start()
        try:
            address = _address(process)
            impatience.cancel()
            yield address
        finally:
            impatience.cancel()
            _end(process)


def _address(process: "subprocess.Popen[str]") -> str:
    """Read up to the line that says where it is; the rest of its output goes nowhere."""
    output = process.stdout
    if output is None:
        raise NotStarted(NO_START)
    for line in output:
        if line.startswith(READY):
            threading.Thread(target=output.read, daemon=True).start()
            return line.partition(" API ")[2].split()[0]
    raise NotStarted(NO_START)


def _end(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
