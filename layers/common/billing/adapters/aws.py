"""AWS clients: made when first needed, one of each for a process, with bounded waits.

They come from one botocore session: the same clients as boto3's, without boto3's own start-up (docs/benchmarks.md).
Nothing here runs at import time, and no function makes a client that it does not use.
"""

from functools import cache
from typing import Any


@cache
def _session() -> Any:
    from botocore.session import get_session

    return get_session()


@cache
def client(service: str) -> Any:
    """The low-level client of a service; region, credentials and endpoint come from the environment."""
    from botocore.config import Config

    config = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})
    return _session().create_client(service, config=config)


def error_code(error: Exception) -> str:
    """The code of a botocore `ClientError`, "" for any other exception; one of the network has None as `response`."""
    response: dict[str, Any] = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))
