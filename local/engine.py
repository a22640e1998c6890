"""moto, embedded: stands for every AWS service, on a free port of this machine.

moto's tables and queues are not thread-safe (a transaction that fails puts a copy of the whole table back), so calls to
one service go one at a time.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import boto3
from botocore.config import Config
from moto.backends import get_backend
from moto.core.model_instances import model_data
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app

from local.light_moto import light_moto
from local.serving import Server, WsgiApplication
from local.template import ACCOUNT_ID, REGION

ACCESS_KEY = "local"

Environ = dict[str, Any]


class Engine:
    """`on_message` is called after something was sent to a queue."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._application: WsgiApplication = DomainDispatcherApplication(create_backend_app)
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._host = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104  compared, not bound
        self._server = Server(host, port, MotoRequestHandler)
        self.on_message: Callable[[], None] = _nothing
        self._clients: dict[str, Any] = {}
        self._making = threading.Lock()

    @property
    def address(self) -> str:
        """What AWS_ENDPOINT_URL must be."""
        return f"http://{self._host}:{self._server.port}"

    def start(self) -> None:
        """Answer calls."""
        self._server.start(self._answer)

    def stop(self) -> None:
        """Answer no more."""
        self._server.stop()

    def locked(self, service: str) -> threading.Lock:
        """The lock of a service, for those who look into moto's own state."""
        return self._locks[service]

    def backend(self, service: str) -> Any:
        """The state that moto keeps of a service; look at it under `locked(service)` only."""
        return get_backend(service)[ACCOUNT_ID][REGION]  # type: ignore[call-overload]

    def client(self, service: str) -> Any:
        """The boto3 client of a service, one for all threads."""
        with self._making:  # boto3's own making of clients is not thread-safe
            if service not in self._clients:
                self._clients[service] = boto3.client(
                    service,
                    region_name=REGION,
                    endpoint_url=self.address,
                    aws_access_key_id=ACCESS_KEY,
                    aws_secret_access_key=ACCESS_KEY,
                    config=Config(retries={"total_max_attempts": 1}),
                )
            return self._clients[service]

    def _answer(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        service = _service(environ)
        with self._locks[service], light_moto():
            answer = [*self._application(environ, start_response)]
            if service == "dynamodb":
                _forget_copies()
        if ".SendMessage" in environ.get("HTTP_X_AMZ_TARGET", ""):
            self.on_message()
        return answer


def _service(environ: Environ) -> str:
    """The service that a signed request is for, by its credential scope: key/date/region/service/aws4_request."""
    scope = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].partition(",")[0].split("/")
    return scope[3] if len(scope) > 3 else ""  # noqa: PLR2004


def _forget_copies() -> None:
    """All that moto notes for a page of its own that nobody opens here: each object it makes, each copy of an item."""
    for model in model_data["dynamodb"].values():
        model.instances_tracked.clear()  # type: ignore[attr-defined]


def _nothing() -> None:
    pass
