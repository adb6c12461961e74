"""The JWT authorizer of an HTTP API: signature by the issuer's published keys, issuer, audience, expiry."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet


class InvalidTokenError(Exception):
    """A token that API Gateway would refuse; the message says why."""


@dataclass(frozen=True)
class JwtAuthorizer:
    """A deployed JWT authorizer.

    Parameters
    ----------
    issuer
        The user pool, as an URL.
    audience
        The clients whose tokens are taken.
    """

    issuer: str
    audience: frozenset[str]

    def claims(self, authorization: str) -> dict[str, Any]:
        """Return the claims of the token in an Authorization header.

        Raises
        ------
        InvalidTokenError
            If there is none, or it is forged, foreign, expired or not for this API.
        """
        token = authorization.removeprefix("Bearer ").strip()
        if not token:
            raise InvalidTokenError("no token")
        try:
            claims: dict[str, Any] = jwt.decode(token, published_keys(self.issuer), algorithms=["RS256"]).claims
        except (JoseError, ValueError, TypeError):
            raise InvalidTokenError("the signature is not valid") from None
        now = time.time()
        if claims.get("iss") != self.issuer:
            raise InvalidTokenError("another issuer")
        if not {claims.get("client_id"), claims.get("aud")} & self.audience:
            raise InvalidTokenError("another audience")
        if not isinstance(claims.get("exp"), int) or claims["exp"] <= now:
            raise InvalidTokenError("expired")
        if any(claims.get(name, 0) > now + 1 for name in ("nbf", "iat")):
            raise InvalidTokenError("not valid yet")
        return claims


@cache
def published_keys(issuer: str) -> KeySet:
    """Return the keys that an issuer publishes; moto publishes those of its pools under the issuer's own address."""
    import requests  # moto answers this one in process

    answer = requests.get(f"{issuer}/.well-known/jwks.json", timeout=10)
    return KeySet.import_key_set(answer.json())
