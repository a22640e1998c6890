"""Starting and stopping."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

from local.process import running_system
from tests.blackbox.conftest import System

ROOT = Path(__file__).parents[2]


def start(**variables: str) -> "subprocess.Popen[str]":
    environment = {**os.environ, "HOST": "127.0.0.1", "PORT": "0", **variables}
    return subprocess.Popen(
        [sys.executable, "-m", "local"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_it_says_where_it_is_and_ends_cleanly_when_asked_to() -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        process = start()
        assert process.stdout is not None
        ready = next(line for line in process.stdout if line.startswith("Ready"))
        address = ready.partition(" API ")[2].split()[0]
        assert httpx.get(f"{address}/providers", trust_env=False, timeout=30).status_code == 200
        os.killpg(process.pid, number)  # as a terminal's Ctrl-C does: the workers get it too
        out, err = process.communicate(timeout=30)
        assert (process.returncode, err) == (0, ""), out
        assert _ended(process.pid)


def test_an_end_while_it_starts_is_clean_too() -> None:
    process = start()
    time.sleep(0.7)
    process.terminate()
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")


def test_a_port_in_use_is_told_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = start(PORT=str(taken.getsockname()[1]))
        _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert err.startswith("cannot listen on 127.0.0.1, port ")
    assert err.count("\n") == 1


def test_systems_run_side_by_side_and_without_a_secret_there_is_no_webhook(system: System) -> None:
    with running_system({"VNPAY_HASH_SECRET": ""}) as other:
        assert other != system.address
        answers = [httpx.get(f"{one}/webhooks/vnpay", trust_env=False, timeout=30) for one in (system.address, other)]
    assert answers[0].json()["RspCode"] == "97"
    assert answers[1].status_code == 404


def _ended(group: int) -> bool:
    """Whether a process group gets empty in a moment: the server that forks workers goes when it sees us gone."""
    deadline = time.monotonic() + 5
    while _members(group) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not _members(group)


def _members(group: int) -> list[str]:
    """The processes of a process group that still run."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            found.append(folder.name)
    return found
