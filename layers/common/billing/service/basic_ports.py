"""Ports that most use cases have: time, the queue, mail, files, and payments by their reference."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from billing.domain.payments import Notice, Payment


class Clock(Protocol):
    """Aware UTC, to the second."""

    def now(self) -> datetime:
        """This moment."""
        ...


class AlreadyDone(Exception):
    """A condition failed because another call did the same thing first; read again."""


class Payments(Protocol):
    """Looking an attempt up by what its provider calls it."""

    def find(self, provider: str, reference: str) -> Payment | None:
        """The attempt, read consistently."""
        ...

    def is_kept(self, notice: Notice) -> bool:
        """Whether the money is kept as an exception already, read consistently."""
        ...


class Queue(Protocol):
    """The payments queue: what is sent is processed at least once."""

    def send(self, message: Mapping[str, Any]) -> None:
        """Durably stored when this returns."""
        ...


class Files(Protocol):
    """Documents as stored. A name is written once; the first content stays."""

    def put_once(self, name: str, content: bytes) -> bytes:
        """What is stored under `name` afterwards."""
        ...

    def get(self, name: str) -> bytes | None:
        """What is stored under `name`."""
        ...


class Mailer(Protocol):
    """Hands a complete message to the mail service."""

    def send(self, message: bytes, recipient: str) -> None:
        """Accepted for delivery when this returns."""
        ...
