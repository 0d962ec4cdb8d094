"""Who may ask: a bearer token that was agreed on, or a JWT signed by a client that is on the list.

A browser cannot send a bearer token of its own; it may give the token as the password of Basic
authentication, under any name. A token is compared by its SHA-256, so that the service keeps none.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from starlette.datastructures import Headers

from escalate.service.details import Refusal
from escalate.service.jwt_clients import Clients
from escalate.service.settings import Settings
from escalate.texts import _

_MOST = 8192  # characters of a header that is looked at
_ASKED = {"WWW-Authenticate": 'Bearer realm="escalate", Basic realm="escalate", charset="UTF-8"'}


class Doorkeeper:
    """Admits requests."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._clients = Clients(settings.access.issuers)

    async def admit(self, path: str, headers: Headers) -> None:
        """Nothing, where the request may come in. Raises: Refusal (401)."""
        access = self._settings.access
        if access.is_open:
            return
        said = headers.get("authorization", "")
        kind, _space, value = said.partition(" ")
        if not said or len(said) > _MOST:
            raise _refused(_("say who you are, with a bearer token"))
        scheme = kind.lower()
        token = _password(value) if scheme == "basic" else value.strip()
        if scheme in ("basic", "bearer") and self._is_known(token):
            return
        if scheme == "bearer" and access.issuers and token.count(".") == 2:
            why = await self._clients.why_not(token, self._audiences(path))
            if why is None:
                return
            raise _refused(_("the token was not accepted: {why}").format(why=why))
        raise _refused(_("the token is not known here"))

    def _is_known(self, token: str) -> bool:
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
        # Every one is compared, in a time that does not depend on which one it is.
        known = [hmac.compare_digest(digest, one) for one in self._settings.access.token_digests]
        return any(known) and bool(token)

    def _audiences(self, path: str) -> tuple[str, ...]:
        """What a token for this address names: the address; of feedback, also the service it is about."""
        base = (self._settings.access.audience or self._settings.base_url).rstrip("/")
        if path.startswith("/cds-services/") and path.endswith("/feedback"):
            return f"{base}{path}", f"{base}{path.removesuffix('/feedback')}"
        return (f"{base}{path}",)


def _password(value: str) -> str:
    try:
        _name, _colon, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return password


def _refused(why: str) -> Refusal:
    return Refusal(401, "not-admitted", why, headers=_ASKED)
