"""What keeps a page to itself: the policy of its content, the origin of a post, and the token of a form.

No cookie is set. A token is bound to the patient file that its form carries, and ends after some hours; its
key lives as long as the process, so a form of before a restart is to be opened again.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from urllib.parse import urlsplit

from fastapi import Request

from escalate.service.details import Refusal
from escalate.service.settings import Settings
from escalate.texts import _

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # the course of an exposure is a picture inside the page
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    # Not `no-referrer`: a browser would then leave out the origin of a post, which is looked at below.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_HOURS = 12
_KEY = secrets.token_bytes(32)


def check_origin(request: Request, settings: Settings) -> None:
    """Refuse to record what another site made a browser send, and what does not say where it comes from.

    Raises: Refusal, 403.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is None and origin is None:
        raise _foreign()
    if site is not None and site not in ("same-origin", "none"):
        raise _foreign()
    if origin is not None and urlsplit(origin).netloc.lower() not in _own(request, settings):
        raise _foreign()


def _own(request: Request, settings: Settings) -> set[str]:
    own = {request.headers.get("host", "").lower()}
    return own | ({urlsplit(settings.public_url).netloc.lower()} if settings.public_url else set())


def _foreign() -> Refusal:
    return Refusal(403, "foreign-origin", _("this form was not sent by a page of this service"))


def token(raw: bytes, now: float | None = None) -> str:
    """What the form that records a decision about these bytes sends back."""
    ends = int((time.time() if now is None else now) + _HOURS * 3600)
    return f"{ends}.{_signed(ends, raw)}"


def check_token(given: str, raw: bytes) -> None:
    """Raises: Refusal, 403, where this service did not make the form for this file, or too long ago."""
    ends, _dot, signed = given.partition(".")
    known = ends.isdecimal() and len(ends) < 15
    if not known or not hmac.compare_digest(signed.encode(), _signed(int(ends), raw).encode()):
        raise Refusal(
            403,
            "no-token",
            _("the form is not one that this service made for this file; open the file again"),
        )
    if int(ends) < time.time():
        raise Refusal(403, "old-token", _("the form is too old; open the file again"))


def _signed(ends: int, raw: bytes) -> str:
    return hmac.new(_KEY, f"record\n{ends}\n".encode() + hashlib.sha256(raw).digest(), "sha256").hexdigest()
