"""The dashboard's static files under /app/, as the deployed distribution serves them but never cached."""

import mimetypes
from pathlib import Path
from urllib.parse import unquote

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from local.gateway import NOT_FOUND, message
from local.template import ROOT

PREFIX = "/app/"

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
_HEADERS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "strict-origin-when-cross-origin",
}


def serve_page(request: Request, path: str, folder: Path = ROOT / "dashboard") -> Response | None:
    """The file behind a raw path; None for a path that is no page's."""
    if path in {"/", PREFIX.rstrip("/")}:
        return redirect(PREFIX, 302)
    if not path.startswith(PREFIX):
        return None
    file = _file(folder.resolve(), unquote(path.removeprefix(PREFIX)))
    if file is None:
        return message(404, NOT_FOUND)
    if request.method not in {"GET", "HEAD"}:
        return message(405, "Method Not Allowed", {"allow": "GET, HEAD"})
    content_type = _TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return Response(file.read_bytes(), headers=_HEADERS, content_type=content_type)


def _file(folder: Path, name: str) -> Path | None:
    if "\0" in name or "\\" in name:
        return None
    file = (folder / (name or "index.html")).resolve()
    return file if file.is_relative_to(folder) and file.is_file() else None
