"""API Gateway's JWT authorizer: RS256 signature, issuer, audience, times and scopes."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import jwt
from jwt.types import Options

from local.deployment import JwtAuthorizer

KeySource = Callable[[str], Any]
"""key id -> public key, or None."""

# Times are checked against simulated time, and audiences by API Gateway's own rule.
_OPTIONS: Options = {
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "require": ["iss", "exp"],
}


class Unauthorized(Exception):
    """No token, or one that does not verify: 401."""


class Forbidden(Exception):
    """A good token without a scope that the route needs: 403."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What a function sees of a token: its claims as texts, and its scopes."""

    claims: Mapping[str, str]
    scopes: tuple[str, ...]


def verify(
    header: str | None, authorizer: JwtAuthorizer, keys: KeySource, now: datetime, scopes: Sequence[str] = ()
) -> Verified:
    """The token of an Authorization header. `scopes`: one of them must be there, if there are any."""
    claims = _decode((header or "").strip(), authorizer, keys)
    if not _is_for(claims, authorizer) or not _is_current(claims, now.timestamp()):
        raise Unauthorized
    granted = _scopes(claims)
    if scopes and not set(scopes) & set(granted):
        raise Forbidden
    return Verified({name: _text(value) for name, value in claims.items()}, granted)


def _decode(header: str, authorizer: JwtAuthorizer, keys: KeySource) -> dict[str, Any]:
    token = header[7:].strip() if header[:7].lower() == "bearer " else header
    try:
        key = keys(str(jwt.get_unverified_header(token).get("kid", "")))
        if key is None:
            raise Unauthorized
        claims: dict[str, Any] = jwt.decode(
            token, key, algorithms=["RS256"], issuer=authorizer.issuer, options=_OPTIONS
        )
    except jwt.PyJWTError:
        raise Unauthorized from None
    return claims


def _is_for(claims: Mapping[str, Any], authorizer: JwtAuthorizer) -> bool:
    """API Gateway looks at client_id only where there is no aud."""
    audience = claims.get("aud", claims.get("client_id"))
    audiences = audience if isinstance(audience, list) else [audience]
    return any(one in authorizer.audience for one in audiences)


def _is_current(claims: Mapping[str, Any], now: float) -> bool:
    times = {name: claims[name] for name in ("exp", "nbf", "iat") if name in claims}
    if any(isinstance(moment, bool) or not isinstance(moment, int | float) for moment in times.values()):
        return False
    return bool(now < times["exp"] and times.get("nbf", now) <= now and times.get("iat", now) <= now)


def _scopes(claims: Mapping[str, Any]) -> tuple[str, ...]:
    scope = claims.get("scope", claims.get("scp", ""))
    return tuple(str(one) for one in (scope if isinstance(scope, list) else str(scope).split()))


def _text(value: Any) -> str:
    """A claim as API Gateway passes it on: everything is a text, a list is "[a b]"."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return f"[{' '.join(_text(one) for one in value)}]"
    return json.dumps(value)
