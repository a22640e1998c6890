"""Who calls, where no authorizer ran: only under `sam local`, never in a deployed stage."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from billing.adapters.http.gateway import preferred_language, read_request
from billing.adapters.http.identity import Identity, identify
from billing.adapters.settings import Settings, SettingsError
from billing.domain.problems import Problem

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SECRET = "test-token-secret"
CLAIMS = {"sub": "acc-1", "email": "lan@khach.example", "exp": int(NOW.timestamp()) + 60}
LOCAL = Settings({"STAGE": "local", "LOCAL_TOKEN_SECRET": SECRET})


def encoded(value: object) -> str:
    """A part of a token."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def token(claims: object = None, secret: str = SECRET, algorithm: str = "HS256") -> str:
    """A test token."""
    signed = f"{encoded({'alg': algorithm})}.{encoded(CLAIMS if claims is None else claims)}"
    digest = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def identity(settings: Settings, bearer: str = "", claims: dict[str, Any] | None = None) -> Identity:
    """Who calls with this token, or with claims that an authorizer verified."""
    context: dict[str, Any] = {"authorizer": {"jwt": {"claims": claims}}} if claims else {}
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    return identify(
        read_request({"routeKey": "GET /account", "headers": headers, "requestContext": context}), settings, NOW
    )


def test_a_test_token_is_verified_in_stage_local() -> None:
    assert identity(LOCAL, token()) == Identity("acc-1", "lan@khach.example")


@pytest.mark.parametrize(
    "bearer",
    [
        "",
        "abc",
        "a.b.c",
        token(secret="another"),
        token(algorithm="none"),
        token({**CLAIMS, "exp": int(NOW.timestamp())}),
        token({"sub": "acc-1", "email": "lan@khach.example"}),
        token()[:-2],
        token().rsplit(".", 1)[0] + ".",
        token({**CLAIMS, "email": "no address"}),
        token({**CLAIMS, "sub": 7}),
        token({**CLAIMS, "sub": "x" * 300}),
    ],
)
def test_any_other_token_is_refused(bearer: str) -> None:
    with pytest.raises(Problem, match="unauthorized"):
        identity(LOCAL, bearer)


def test_without_the_local_secret_only_the_authorizer_counts() -> None:
    deployed = Settings({"STAGE": "prod"})
    with pytest.raises(Problem, match="unauthorized"):
        identity(deployed, token())
    assert identity(deployed, claims={"sub": "a", "email": "a@b.example"}) == Identity("a", "a@b.example")


def test_the_claims_that_name_an_account_can_be_chosen() -> None:
    settings = Settings({"STAGE": "prod", "ACCOUNT_CLAIM": "org", "EMAIL_CLAIM": "billing_email"})
    assert identity(settings, claims={"org": "o-1", "billing_email": "a@b.example"}) == Identity("o-1", "a@b.example")


@pytest.mark.parametrize("stage", ["dev", "staging", "prod"])
def test_a_deployed_stage_refuses_the_local_secret(stage: str) -> None:
    with pytest.raises(SettingsError, match="LOCAL_TOKEN_SECRET"):
        Settings({"STAGE": stage, "LOCAL_TOKEN_SECRET": "x"})


def test_a_missing_setting_is_told_by_name() -> None:
    with pytest.raises(SettingsError, match="TABLE_NAME"):
        LOCAL.required("TABLE_NAME")


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "vi"),
        ("en", "en"),
        ("en-US,en;q=0.9,vi;q=0.8", "en"),
        ("vi-VN,vi;q=0.9,en;q=0.8", "vi"),
        ("fr, en;q=0.3", "en"),
        ("fr", "vi"),
        ("en;q=0", "vi"),
        ("en;q=0.2, vi;q=0.25", "vi"),
        ("en;q=abc, vi;q=0.1", "vi"),
        ("*", "vi"),
        (",;,", "vi"),
    ],
)
def test_the_language_is_the_one_liked_better(header: str, language: str) -> None:
    assert preferred_language(header) == language
