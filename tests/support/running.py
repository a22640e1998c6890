"""The whole system as `make run` starts it, in a process of its own, and what tests ask of it over HTTP."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

import httpx

from tests.support.template import ROOT

START_SECONDS = 60
STOP_SECONDS = 20


@dataclass(frozen=True, slots=True)
class RunningSystem:
    """Where it runs; `base_url` has no slash at the end."""

    base_url: str

    def call(
        self, method: str, path: str, *, json: Any = None, token: str = "", headers: Mapping[str, str] | None = None
    ) -> Any:
        """The JSON of an answer below 400; HTTPStatusError otherwise."""
        sent = {"Accept": "application/json", **(headers or {})}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        answer = httpx.request(method, self.base_url + path, json=json, headers=sent, timeout=30, trust_env=False)
        answer.raise_for_status()
        return answer.json()

    def token(self, account_id: str, email: str = "") -> str:
        """A JWT of the local issuer."""
        wanted = {"account_id": account_id, "email": email or f"{account_id}@khach.example"}
        return str(self.call("POST", "/local/login", json=wanted)["token"])

    def mails_to(self, address: str) -> list[Any]:
        """What was sent to an address, newest first, once all queues are empty."""
        self.call("POST", "/local/drain")
        return [mail for mail in self.call("GET", "/local/mailbox")["items"] if address in mail["to"]]

    def attachment(self, url: str) -> bytes:
        """The bytes behind a mail's attachment."""
        address = url if url.startswith("http") else self.base_url + url
        return httpx.get(address, timeout=30, trust_env=False).raise_for_status().content


@contextmanager
def running_system() -> Iterator[RunningSystem]:
    """Starts it on a free port with fresh state, and ends it."""
    environment = {**os.environ, "PORT": "0", "HOST": "127.0.0.1", "PYTHONPATH": f"{ROOT}:{ROOT / 'layers/common'}"}
    with subprocess.Popen(
        [sys.executable, "-m", "local"], cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        impatience = threading.Timer(START_SECONDS, process.kill)
        impatience.start()
        try:
            base_url = _address(process.stdout)
            impatience.cancel()
            threading.Thread(target=_read_on, args=(process.stdout,), daemon=True).start()
            yield RunningSystem(base_url)
        finally:
            impatience.cancel()
            _end(process)


def _address(output: IO[str]) -> str:
    lines: list[str] = []
    for line in output:
        lines.append(line)
        words = line.split()
        if words[:1] == ["Ready"]:
            return next(word for word in words if word.startswith("http")).removesuffix("/app/").rstrip("/")
    raise RuntimeError("the system did not start:\n" + "".join(lines))


def _read_on(output: IO[str]) -> None:
    """Keeps the pipe empty, so that the system never waits for us to read."""
    for _ in output:
        pass


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
