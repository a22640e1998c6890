"""Who calls: the account and its e-mail address, from the claims of a token that was verified.

API Gateway's authorizer verifies tokens. `sam local` runs no authorizer; there, and only in stage "local", the function
verifies a test token itself (docs/local.md).
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.adapters.http.gateway import Request
from billing.adapters.settings import Settings
from billing.domain.problems import Problem
from billing.domain.text import is_email

MAX_ACCOUNT_ID = 256
ADMIN = "billing:admin"
"""The scope, or the group, of operators."""
USAGE = "billing:usage"
"""The scope, or the group, of the product's own services."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The caller's account."""

    account_id: str
    email: str


def identify(request: Request, settings: Settings, now: datetime) -> Identity:
    """The caller; `unauthorized` where no verified token names an account with an e-mail address."""
    claims = _verified_claims(request, settings, now)
    account_id = claims.get(settings.optional("ACCOUNT_CLAIM", "sub"), "")
    email = claims.get(settings.optional("EMAIL_CLAIM", "email"), "")
    if not isinstance(account_id, str) or not 0 < len(account_id) <= MAX_ACCOUNT_ID or not is_email(str(email)):
        raise Problem("unauthorized")
    return Identity(account_id, str(email))


def identify_operator(request: Request, settings: Settings, now: datetime) -> str:
    """Who acts as an operator; see `identify_member`."""
    return identify_member(request, settings, now, ADMIN)


def identify_member(request: Request, settings: Settings, now: datetime, needed: str) -> str:
    """Who calls with a scope or group, by address or else by account.

    `unauthorized` without a verified token, `forbidden` for one with neither the scope nor the group `needed`.
    """
    claims = _verified_claims(request, settings, now)
    name = str(claims.get(settings.optional("EMAIL_CLAIM", "email")) or claims.get("sub") or "")
    if not name:
        raise Problem("unauthorized")
    scopes, groups = (
        claims.get("scope", claims.get("scp")),
        claims.get(settings.optional("GROUPS_CLAIM", "cognito:groups")),
    )
    if needed not in {*_members(scopes), *_members(groups)}:
        raise Problem("forbidden")
    return name[:MAX_ACCOUNT_ID]


def _members(claim: object) -> list[str]:
    """The members of a claim that is a list. API Gateway passes lists on as "[a b]", scopes are one text anyway."""
    if isinstance(claim, list):
        return [str(member) for member in claim]
    return str(claim or "").strip("[]").replace(",", " ").split()


def _verified_claims(request: Request, settings: Settings, now: datetime) -> Mapping[str, Any]:
    if not request.claims and settings.local_token_secret:
        return _local_claims(request, settings.local_token_secret, now)
    return request.claims


def _local_claims(request: Request, secret: str, now: datetime) -> dict[str, Any]:
    """The claims of an HS256 token signed with the local secret; `unauthorized` for any other."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    signed, _, signature = token.rpartition(".")
    expected = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()
    try:
        given = _decode(signature)
        header, claims = (json.loads(_decode(part)) for part in signed.split("."))
    except ValueError:
        raise Problem("unauthorized") from None
    fits = scheme.lower() == "bearer" and header.get("alg") == "HS256" and hmac.compare_digest(given, expected)
    if not fits or claims.get("exp", 0) <= now.timestamp():
        raise Problem("unauthorized")
    return dict(claims)


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
