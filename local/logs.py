"""Where the functions' log lines go: warnings and worse to the terminal, everything with LOG=1."""

import json
import sys
from typing import Any, TextIO

_SERIOUS = {"WARNING", "WARN", "ERROR", "CRITICAL", "FATAL"}


class Log:
    """Prints lines behind the name of the function that wrote them."""

    def __init__(self, *, everything: bool, stream: TextIO | None = None) -> None:
        self._everything = everything
        self._stream = stream or sys.stderr

    def write(self, source: str, stream: str, line: str) -> None:
        """One line of a function's stdout or stderr."""
        if self._everything or _is_serious(stream, line):
            print(f"[{source}] {line}", file=self._stream, flush=True)

    def warn(self, source: str, text: str) -> None:
        """Something of the runner's own that people should see."""
        print(f"[{source}] {text}", file=self._stream, flush=True)


def _is_serious(stream: str, line: str) -> bool:
    record = _json(line)
    if isinstance(record, dict):
        return str(record.get("level", "")).upper() in _SERIOUS
    return stream == "stderr"


def _json(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None
