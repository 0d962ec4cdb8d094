"""Signed requests of CDS Hooks clients: which JWT is believed, and why another one is not.

ES384 and RS384 alone, with the algorithm of the key: never `none`, never a secret that both sides hold. The
issuer is on the list, its keys are those given for it, `aud` is the address called, and a token is used once.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import jwt
from jwt import PyJWK
from jwt.exceptions import (
    ExpiredSignatureError,
    ImmatureSignatureError,
    InvalidAudienceError,
    InvalidSignatureError,
    MissingRequiredClaimError,
    PyJWKError,
    PyJWTError,
)

from escalate.service.key_sets import KeySets
from escalate.service.settings import Issuer
from escalate.texts import _

ALGORITHMS = {"ES384": "EC", "RS384": "RSA"}
_CLAIMS = ["iss", "aud", "exp", "iat", "jti"]
_LEEWAY_S = 30
_LONGEST_S = 3600  # a token lives for minutes; a bound, so that what was seen need not be kept for ever
_MOST_SEEN = 200_000
_RSA_BITS = 2048


class Clients:
    """The clients that may sign, and the tokens they have used."""

    def __init__(self, issuers: Sequence[Issuer]) -> None:
        self._issuers = {issuer.name: issuer for issuer in issuers}
        self._key_sets = KeySets()
        self._seen: dict[tuple[str, str], float] = {}

    async def why_not(self, token: str, audiences: Sequence[str]) -> str | None:
        """Why a token is refused, in a sentence; None where it is accepted, this once."""
        try:
            header = jwt.get_unverified_header(token)
            unchecked = jwt.decode(token, options={"verify_signature": False})
        except PyJWTError:
            return _("it is no JWT")
        algorithm, key_id = header.get("alg"), header.get("kid")
        if algorithm not in ALGORITHMS:
            return _("it is not signed with {accepted}").format(accepted=_(" or ").join(ALGORITHMS))
        if str(header.get("typ", "JWT")).upper() != "JWT":
            return _("its type is not JWT")
        issuer = self._issuers.get(str(unchecked.get("iss")))
        if issuer is None:
            return _("its issuer is not on the list")
        if "jku" in header and header["jku"] != issuer.jku:
            return _("its keys are not where this issuer's keys are")
        if not isinstance(key_id, str) or not key_id:
            return _("it names no key")
        keys = issuer.keys or await self._key_sets.of(issuer.jku, key_id)
        key = _key(keys, key_id, str(algorithm))
        if key is None:
            return _("its key is not among the keys of this issuer")
        return self._checked(token, key, str(algorithm), issuer, audiences)

    def _checked(
        self, token: str, key: PyJWK, algorithm: str, issuer: Issuer, audiences: Sequence[str]
    ) -> str | None:
        try:
            claims = jwt.decode(
                token,
                key.key,
                algorithms=[algorithm],
                audience=list(audiences),
                issuer=issuer.name,
                leeway=_LEEWAY_S,
                options={"require": _CLAIMS},
            )
        except PyJWTError as fault:
            return _why(fault)
        jti, ends, now = claims["jti"], float(claims["exp"]), time.time()
        if not isinstance(jti, str) or not 0 < len(jti) <= 256:
            return _("its `jti` is not a text")
        if ends > now + _LONGEST_S:
            return _("it lives too long; an hour is the most")
        return self._used(issuer.name, jti, ends + _LEEWAY_S, now)

    def _used(self, issuer: str, jti: str, until: float, now: float) -> str | None:
        """Note a token as used. There is one event loop, so nobody comes in between."""
        if len(self._seen) >= _MOST_SEEN:
            self._seen = {one: end for one, end in self._seen.items() if end > now}
            if len(self._seen) >= _MOST_SEEN:
                return _("too many tokens are in use")
        if self._seen.get((issuer, jti), 0.0) > now:
            return _("it was used before")
        self._seen[issuer, jti] = until
        return None


def _key(keys: Sequence[Mapping[str, object]], key_id: str, algorithm: str) -> PyJWK | None:
    """The public key of this id, where it fits the algorithm."""
    found = [one for one in keys if one.get("kid") == key_id]
    if len(found) != 1:  # two of one id: which one is meant is not guessed
        return None
    one = found[0]
    fits = (
        one.get("kty") == ALGORITHMS[algorithm]
        and one.get("alg", algorithm) == algorithm
        and one.get("use", "sig") == "sig"
        and (one.get("kty") != "EC" or one.get("crv") == "P-384")
    )
    if not fits:
        return None
    try:
        key = PyJWK(dict(one), algorithm)
    except (PyJWKError, PyJWTError, ValueError, TypeError):
        return None
    return key if getattr(key.key, "key_size", 0) >= (_RSA_BITS if algorithm == "RS384" else 384) else None


def _why(fault: PyJWTError) -> str:
    match fault:
        case ExpiredSignatureError():
            return _("it has expired")
        case ImmatureSignatureError():
            return _("it is not valid yet")
        case InvalidAudienceError():
            return _("its audience is not the address called")
        case InvalidSignatureError():
            return _("its signature is wrong")
        case MissingRequiredClaimError(claim=claim):
            return _("it lacks `{claim}`").format(claim=claim)
    return _("it is not valid")
