"""CORS as API Gateway answers it: by its own configuration alone, whatever the functions say."""

from local.deployment import Cors

_PREFIX = "access-control-"


def preflight_headers(cors: Cors, origin: str) -> dict[str, str]:
    """The headers of the answer to a preflight request; none for an origin that is not allowed."""
    headers = _origin_headers(cors, origin)
    if headers:
        headers[f"{_PREFIX}allow-methods"] = ",".join(cors.methods)
        headers[f"{_PREFIX}allow-headers"] = ",".join(cors.headers).lower()
        headers[f"{_PREFIX}max-age"] = str(cors.max_age)
    return headers


def answer_headers(cors: Cors, origin: str) -> dict[str, str]:
    """The headers that every answer to this origin carries."""
    headers = _origin_headers(cors, origin)
    if headers and cors.exposed:
        headers[f"{_PREFIX}expose-headers"] = ",".join(cors.exposed).lower()
    return headers


def is_cors_header(name: str) -> bool:
    """Whether a function's header is replaced by the configuration."""
    return name.lower().startswith(_PREFIX)


def _origin_headers(cors: Cors, origin: str) -> dict[str, str]:
    if not origin or not ({"*", origin} & set(cors.origins)):
        return {}
    headers = {f"{_PREFIX}allow-origin": "*" if "*" in cors.origins else origin}
    if cors.credentials:
        headers[f"{_PREFIX}allow-credentials"] = "true"
    if "*" not in cors.origins:
        headers["vary"] = "origin"
    return headers
