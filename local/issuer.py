"""The local OIDC issuer: signs tokens for whoever asks, with a key that lives as long as this process."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from local.clock import Clock

LIFETIME = timedelta(days=400)
"""In simulated time."""

KEY_ID = "local"


class Issuer:
    """`address` is the issuer as its tokens state it."""

    def __init__(self, address: str, audience: str, clock: Clock) -> None:
        self.address = address
        self.audience = audience
        self._clock = clock
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def token(self, claims: Mapping[str, Any]) -> str:
        """A signed token with these claims. It states no time of issue: the clock may be moved back behind it."""
        expires = int((self._clock.now() + LIFETIME).timestamp())
        content = {"iss": self.address, "aud": self.audience, "exp": expires, "token_use": "id", **claims}
        return jwt.encode(content, self._key, algorithm="RS256", headers={"kid": KEY_ID})

    def public_key(self, key_id: str) -> Any:
        """The key that verifies its tokens; None for an unknown id."""
        return self._key.public_key() if key_id == KEY_ID else None

    def configuration(self) -> dict[str, Any]:
        """The OpenID discovery document."""
        return {
            "issuer": self.address,
            "jwks_uri": f"{self.address}/.well-known/jwks.json",
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
        }

    def key_set(self) -> dict[str, Any]:
        """The JSON Web Key Set."""
        key = json.loads(RSAAlgorithm.to_jwk(self._key.public_key()))
        return {"keys": [{**key, "kid": KEY_ID, "use": "sig", "alg": "RS256"}]}
