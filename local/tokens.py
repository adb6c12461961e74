"""The JWT authorizer of an HTTP API: signature by the issuer's published keys, issuer, audience, expiry."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey
from moto.cognitoidp.models import cognitoidp_backends
from moto.core.models import DEFAULT_ACCOUNT_ID


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
            claims: dict[str, Any] = jwt.decode(token, keys_of(self.issuer), algorithms=["RS256"]).claims
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


def sign_with_own_key(pool_id: str, region: str) -> None:
    """Let a user pool sign with a key that this process has just made, and that dies with it.

    Mends: moto signs with a key that it ships, so that anyone who has moto could make a manager's token.
    """
    pool: Any = cognitoidp_backends[DEFAULT_ACCOUNT_ID][region].user_pools[pool_id]
    if not getattr(pool, "has_own_key", False):
        pool.json_web_key = RSAKey.generate_key(2048, {"kid": "dummy", "use": "sig"})  # moto names this one in a token
        pool.has_own_key = True


def keys_of(issuer: str) -> KeySet:
    """Return the public keys of a user pool, which AWS publishes under the issuer's address."""
    region, pool_id = issuer.split(".")[1], issuer.rpartition("/")[2]
    pool = cognitoidp_backends[DEFAULT_ACCOUNT_ID][region].user_pools[pool_id]
    return KeySet([RSAKey.import_key(pool.json_web_key.as_dict(private=False))])
