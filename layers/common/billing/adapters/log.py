"""Structured logs and counts by Powertools. It is loaded with the first line written, not at a cold start.

Keys carry ids and codes, never tokens, signatures, names or addresses.
"""

import os
from functools import cache
from typing import Any


def log(level: str, message: str, *, exc_info: bool = False, **keys: Any) -> None:
    """One JSON line with `keys` beside the message; `level` is debug, info, warning or error."""
    getattr(_logger(), level)(message, extra=keys, exc_info=exc_info, stacklevel=3)


def count(metric: str) -> None:
    """One more of a metric of the namespace Goi (docs/operations.md lists them), in CloudWatch's embedded format."""
    from aws_lambda_powertools.metrics import MetricUnit, single_metric

    with single_metric(name=metric, unit=MetricUnit.Count, value=1) as one:
        one.add_dimension(name="service", value=os.environ.get("POWERTOOLS_SERVICE_NAME", "goi"))


@cache
def _logger() -> Any:
    from aws_lambda_powertools import Logger

    return Logger()
