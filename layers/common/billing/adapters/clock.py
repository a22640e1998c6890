"""The system's clock. Rules and use cases are handed one; nothing else asks for the time."""

from datetime import UTC, datetime


class SystemClock:
    """Tells the time in aware UTC, to the second: what is stored is what was decided upon."""

    def now(self) -> datetime:
        """This moment."""
        return datetime.now(UTC).replace(microsecond=0)
