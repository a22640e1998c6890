"""ministack, the emulator that concurrency is proven on: a process of its own, on the loopback, with fresh state."""

import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.error import URLError

from tests.support.template import ROOT

PROGRAM = ROOT / ".venv-ministack/bin/ministack"
START_SECONDS = 60


@contextmanager
def ministack() -> Iterator[str]:
    """Starts it and gives its address, without a slash at the end; ends it afterwards."""
    if not PROGRAM.exists():
        raise RuntimeError("ministack is not prepared: make .venv-ministack/.prepared")
    port = free_port()
    environment = {**os.environ, "GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "LOG_LEVEL": "ERROR"}
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([PROGRAM], env=environment, **quiet) as process:  # type: ignore[call-overload]
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(f"{address}/_ministack/health")
            yield address
        finally:
            process.terminate()
            process.wait(20)


def reset(address: str) -> None:
    """Forgets everything."""
    request = urllib.request.Request(f"{address}/_ministack/reset", method="POST")
    with urllib.request.urlopen(request, timeout=10):
        pass


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(address: str) -> None:
    """Returns once something answers at the address."""
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except (URLError, OSError):
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
