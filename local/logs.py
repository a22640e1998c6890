"""Where the functions' log lines go: warnings and worse to the terminal, in short; everything as it is with LOG=1."""

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
        text = line if self._everything else summary(stream, line)
        if text:
            self.warn(source, text)

    def warn(self, source: str, text: str) -> None:
        """Something that people should see."""
        print(f"[{source}] {text}", file=self._stream, flush=True)


def summary(stream: str, line: str) -> str:
    """What a line says to people, "" if they need not see it: level, message and the last line of a traceback."""
    record = _json(line)
    if not isinstance(record, dict):
        return line if stream == "stderr" else ""
    level = str(record.get("level", "")).upper()
    if level not in _SERIOUS:
        return ""
    reason = str(record.get("exception", "")).strip().rpartition("\n")[2]
    return f"{level} {record.get('message', line)}{f': {reason}' if reason else ''}"


def _json(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None
