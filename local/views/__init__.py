"""The runner's own pages for people: Jinja2 templates beside this module, everything escaped."""

from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_VIETNAM = timezone(timedelta(hours=7))


def page(template: str, **values: Any) -> str:
    """A page as HTML."""
    return _environment().get_template(template).render(**values)


def dong(amount: int) -> str:
    """299000 as "299.000 ₫"."""
    return f"{amount:,} ₫".replace(",", ".")


def moment(value: datetime) -> str:
    """A moment as people in Vietnam write it."""
    return f"{value.astimezone(_VIETNAM):%H:%M %d/%m/%Y}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters.update(dong=dong, moment=moment)
    return environment
