"""A threaded HTTP server on a socket of ours: quiet, and with its port known before it answers."""

import socket
import threading
from collections.abc import Callable
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

WsgiApplication = Callable[[dict[str, Any], Callable[..., Any]], Any]


def quiet(handler: type[WSGIRequestHandler]) -> type[WSGIRequestHandler]:
    """The handler without a line in the terminal for each request, and without a date: the application tells it."""

    class Quiet(handler):  # type: ignore[valid-type, misc]
        server_version = "goi-local"
        sys_version = ""

        def log(self, kind: str, message: str, *arguments: Any) -> None:
            """Say nothing, not of requests that are none either; errors of ours go through the server's own log."""

        def send_response(self, code: int, message: str | None = None) -> None:
            """The status and who answers."""
            self.send_response_only(code, message)
            self.send_header("Server", self.version_string())

        def version_string(self) -> str:
            return self.server_version

    return Quiet


class Server:
    """Listens from its making on; answers from `start(application)` on, each request in a thread of its own."""

    def __init__(self, host: str, port: int, handler: type[WSGIRequestHandler] = WSGIRequestHandler) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._handler = quiet(handler)
        self._socket = socket.create_server((host, port), family=family, backlog=256)
        self._host = host
        self._server: BaseWSGIServer | None = None

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._socket.getsockname()[1])

    def start(self, application: WsgiApplication) -> None:
        """Answer with `application` until `stop`."""
        self._server = make_server(
            self._host,
            self.port,
            application,
            threaded=True,
            request_handler=self._handler,
            fd=self._socket.fileno(),
        )
        serve = self._server.serve_forever
        threading.Thread(target=serve, args=(0.1,), name=f"server:{self.port}", daemon=True).start()

    def stop(self) -> None:
        """Answer no further request and give the port back."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
        self._socket.close()
