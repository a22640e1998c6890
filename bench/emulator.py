"""A function under Lambda's Runtime Interface Emulator and Lambda's own runtime client, as plain processes."""

import http.client
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.packages import ROOT, architecture

INVOKE = "/2015-03-31/functions/function/invocations"
PATIENCE = 60.0
"""Seconds to wait for an answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The first answer of a fresh process: what it was, and the seconds since the emulator was started."""

    payload: Any
    seconds: float


def find_emulator() -> Path:
    """The emulator that comes with the SAM CLI."""
    name = f"aws-lambda-rie-{architecture()}"
    for found in ROOT.glob(f".venv-sam/lib/python*/site-packages/samcli/local/rapid/{name}"):
        return found
    raise FileNotFoundError(f"{name} is part of the SAM CLI; `make bench` installs it")


def first_answer(python: Path, folder: Path, layer: Path, environment: Mapping[str, str], event: Any) -> Answer:
    """Starts emulator and runtime afresh, asks once, ends them."""
    ports = [_free_port(), _free_port()]
    addresses = [f"127.0.0.1:{port}" for port in ports]
    command = [
        *(str(find_emulator()), "--runtime-interface-emulator-address", addresses[0]),
        *("--runtime-api-address", addresses[1], "--log-level", "error"),
        *(str(python), "-m", "awslambdaric", "app.handler"),
    ]
    surroundings = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(layer),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LAMBDA_TASK_ROOT": str(folder),
        "AWS_LAMBDA_FUNCTION_NAME": folder.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
        **environment,
    }
    body = json.dumps(event)
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=surroundings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        payload = _ask(ports[0], body, started + PATIENCE)
        return Answer(payload, time.perf_counter() - started)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _ask(port: int, body: str, until: float) -> Any:
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        try:
            connection.request("POST", INVOKE, body)
            return json.loads(connection.getresponse().read())
        except ConnectionRefusedError:
            if time.perf_counter() > until:
                raise
            time.sleep(0.001)
        finally:
            connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
