"""The JWT authorizer and the local issuer."""

from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from local.authorizer import Forbidden, Unauthorized, Verified, verify
from local.clock import Clock
from local.deployment import JwtAuthorizer
from local.issuer import Issuer

CLOCK = Clock()
ISSUER = Issuer("http://127.0.0.1:3000/local", "goi-local", CLOCK)
AUTHORIZER = JwtAuthorizer(ISSUER.address, ("goi-local",))
STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def check(token: str, *, scopes: tuple[str, ...] = (), later: timedelta = timedelta()) -> Verified:
    return verify(f"Bearer {token}", AUTHORIZER, ISSUER.public_key, CLOCK.now() + later, scopes)


def token(**claims: Any) -> str:
    return ISSUER.token({"sub": "an-binh", "email": "a@b.example", **claims})


def test_claims_reach_the_function_as_texts() -> None:
    verified = check(token(groups=["a", "b"], flag=True, number=7))
    assert verified.claims["sub"] == "an-binh"
    assert verified.claims["aud"] == "goi-local"
    assert (verified.claims["groups"], verified.claims["flag"], verified.claims["number"]) == ("[a b]", "true", "7")
    assert verified.claims["exp"].isdecimal()


def test_the_word_bearer_may_be_left_out() -> None:
    assert verify(token(), AUTHORIZER, ISSUER.public_key, CLOCK.now()).claims["sub"] == "an-binh"


def test_a_token_is_good_for_400_days_of_simulated_time() -> None:
    check(token(), later=timedelta(days=399))
    with pytest.raises(Unauthorized):
        check(token(), later=timedelta(days=401))


def test_a_token_stays_good_when_the_clock_goes_back() -> None:
    assert check(token(), later=-timedelta(days=3650)).claims["sub"] == "an-binh"


@pytest.mark.parametrize(
    "claims",
    [{"aud": "other"}, {"iss": "http://else"}, {"nbf": 10**10}, {"iat": 10**10}, {"exp": "soon"}, {"aud": None}],
)
def test_a_token_for_others_or_for_another_time_is_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(Unauthorized):
        check(token(**claims))


def test_client_id_counts_where_there_is_no_audience() -> None:
    claims = {"iss": ISSUER.address, "client_id": "goi-local", "exp": 10**10}
    key = ISSUER._key
    assert check(jwt.encode(claims, key, "RS256", {"kid": "local"})).claims["client_id"] == "goi-local"


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Bearer x.y.z", "Basic YTpi", "Bearer " + "a" * 5000]
)
def test_what_is_no_token_is_refused(header: str | None) -> None:
    with pytest.raises(Unauthorized):
        verify(header, AUTHORIZER, ISSUER.public_key, CLOCK.now())


@pytest.mark.parametrize(
    ("key", "algorithm", "key_id"),
    [
        (STRANGER, "RS256", "local"),
        (STRANGER, "RS256", "other"),
        ("secret" * 8, "HS256", "local"),
        (None, "none", "local"),
    ],
)
def test_a_token_that_the_issuer_did_not_sign_is_refused(key: Any, algorithm: str, key_id: str) -> None:
    """A stranger's key, an unknown key, and the two classic tricks: HS256 and no signature at all."""
    claims = {"iss": ISSUER.address, "aud": "goi-local", "exp": 10**10, "sub": "an-binh"}
    with pytest.raises(Unauthorized):
        check(jwt.encode(claims, key, algorithm, {"kid": key_id}))


def test_an_altered_token_is_refused() -> None:
    head, body, signature = token().split(".")
    _, other, _ = token(sub="someone").split(".")
    with pytest.raises(Unauthorized):
        check(f"{head}.{other}.{signature}")
    assert check(f"{head}.{body}.{signature}").claims["sub"] == "an-binh"


def test_one_of_the_routes_scopes_is_needed() -> None:
    admin = token(scope="billing:admin billing:usage")
    assert check(admin, scopes=("billing:admin",)).scopes == ("billing:admin", "billing:usage")
    assert check(token(scp=["billing:usage"]), scopes=("billing:admin", "billing:usage")).scopes == ("billing:usage",)
    with pytest.raises(Forbidden):
        check(token(), scopes=("billing:admin",))


def test_the_published_key_verifies_the_tokens() -> None:
    (key,) = ISSUER.key_set()["keys"]
    assert "d" not in key
    claims = jwt.decode(
        token(), jwt.PyJWK(key).key, ["RS256"], audience="goi-local", issuer=ISSUER.configuration()["issuer"]
    )
    assert claims["sub"] == "an-binh"
