"""What every request passes before anything reads it: who sends it, from where, how large, how many at once.

Plain ASGI: a request is refused before its body is read, and whatever goes wrong behind is answered with
problem details and leaves no trace that could quote a patient.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from escalate.service.access import Doorkeeper
from escalate.service.details import RETRY, Refusal, answer, refusal_of
from escalate.service.metrics import Metrics
from escalate.service.page.problem import is_page, problem_page
from escalate.service.settings import Settings, is_loopback
from escalate.texts import LANGUAGES, _, speaking

_SAFE = ("GET", "HEAD", "OPTIONS")
_HEADERS = {
    "cache-control": "no-store",  # answers are about patients, and none is to lie in a cache
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
_AT_ONCE = 200  # requests of any kind; a calculation has its own, smaller number
_OPEN_TO_ALL = ("/health/live", "/health/ready")  # they say nothing but yes or no
_SHARED = "/cds-services"  # what a browser at another address may ask, where its origin is allowed


class Edge:
    """The outermost part of the application."""

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics, doorkeeper: Doorkeeper) -> None:
        self._app, self._settings = app, settings
        self._metrics, self._doorkeeper = metrics, doorkeeper
        self._here = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or one message of the server's own life."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        begun, started = time.perf_counter(), _Started(send)
        # The heads alone are those of the whole answer, which the server does not send then.
        method, scope = scope["method"], {**scope, "method": _HEADS.get(scope["method"], scope["method"])}
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        shared = _is_shared(scope["path"]) and origin is not None and self._may_share(origin)
        started.extra = _cors(str(origin)) if shared else {}
        self._here += 1
        try:
            with speaking(_language(scope, self._settings.language)):
                try:
                    await self._answered(scope, headers, receive, started, shared=shared)
                except _Gone:
                    pass  # nobody waits for an answer
                except Exception as fault:
                    if started.status:  # half an answer is out: the connection is cut, nothing is repeated
                        raise ConnectionAbortedError from None
                    refusal = refusal_of(fault)
                    said = problem_page(scope, refusal) if is_page(scope["path"]) else answer(refusal)
                    await said(scope, receive, started)
        finally:
            self._here -= 1
            route = getattr(scope.get("route"), "path", "unmatched")
            named = method if method in _METHODS else "other"
            self._metrics.answered(route, named, started.status, time.perf_counter() - begun)

    async def _answered(
        self, scope: Scope, headers: Headers, receive: Receive, send: Send, *, shared: bool
    ) -> None:
        if self._here > _AT_ONCE:
            raise Refusal(503, "busy", _("too many requests are in work"), headers=RETRY)
        self._check_host(headers)
        origin = headers.get("origin")
        foreign = origin is not None and not shared and not self._is_own(origin, headers)
        if foreign and (scope["method"] not in _SAFE or _is_shared(scope["path"])):
            raise Refusal(403, "foreign-origin", _("pages of this origin may not ask here"))
        if scope["method"] == "OPTIONS" and shared and "access-control-request-method" in headers:
            await Response(status_code=204, headers=_PREFLIGHT)(scope, receive, send)
            return
        if scope["path"] not in _OPEN_TO_ALL:
            await self._doorkeeper.admit(scope["path"], headers)
        await self._app(scope, await self._read(headers, receive), send)

    def _check_host(self, headers: Headers) -> None:
        """Nobody has to say who he is: then a name that a foreign page could have made ours is refused."""
        if not self._settings.access.is_open:
            return
        host = urlsplit(f"//{headers.get('host', '')}").hostname or ""
        own = urlsplit(self._settings.base_url).hostname
        if not is_loopback(host) and host != own:
            raise Refusal(421, "foreign-host", _("this service is not known under that name"))

    def _may_share(self, origin: str) -> bool:
        if origin in self._settings.cors_origins:
            return True
        parts = urlsplit(origin)
        return self._settings.access.is_open and is_loopback(parts.hostname or "")

    def _is_own(self, origin: str, headers: Headers) -> bool:
        return urlsplit(origin).netloc == headers.get("host") or origin == self._settings.base_url

    async def _read(self, headers: Headers, receive: Receive) -> Receive:
        """The whole body, read within its limits, to be handed on."""
        limits = self._settings.limits
        if headers.get("content-encoding", "identity").lower() != "identity":
            raise Refusal(415, "encoded-body", _("a body is sent as it is, without Content-Encoding"))
        stated = headers.get("content-length", "")
        if stated.isdecimal() and int(stated) > limits.body_bytes:
            raise _too_large(limits.body_bytes)
        try:
            body = await asyncio.wait_for(_whole(receive, limits.body_bytes), limits.seconds)
        except TimeoutError:
            raise Refusal(408, "slow-body", _("the body did not come in time")) from None
        first = True

        async def again() -> Message:
            nonlocal first
            if first:
                first = False
                return {"type": "http.request", "body": body, "more_body": False}
            return await receive()

        return again


_HEADS = {"HEAD": "GET"}
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


class _Gone(Exception):
    """The client has hung up before its request was whole."""


class _Started:
    """Sends an answer on, with the headers that each one carries, and knows its status."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0
        self.extra: Mapping[str, str] = {}

    async def __call__(self, message: Message) -> None:
        """One message of the answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in {**_HEADERS, **self.extra}.items():
                headers.setdefault(name, value)
        await self._send(message)


async def _whole(receive: Receive, most: int) -> bytes:
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise _Gone
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most:
            raise _too_large(most)
        if not message.get("more_body"):
            return b"".join(parts)


def _too_large(most: int) -> Refusal:
    return Refusal(413, "too-large", _("a body has at most {count} bytes").format(count=most))


def _is_shared(path: str) -> bool:
    return path == _SHARED or path.startswith(f"{_SHARED}/")


def _language(scope: Scope, default: str) -> str:
    """The language that the request asks for with `lang`, so that its refusal speaks it too."""
    query = scope.get("query_string", b"").decode("latin-1")
    return next((one for one in LANGUAGES if f"lang={one}" in query.split("&")), default)


_PREFLIGHT = {
    "access-control-allow-methods": "GET, POST, OPTIONS",
    "access-control-allow-headers": "authorization, content-type",
    "access-control-max-age": "600",
}


def _cors(origin: str) -> dict[str, str]:
    return {
        "access-control-allow-origin": origin,
        "access-control-expose-headers": "escalate-log-entry, escalate-log-head",
        "vary": "origin",
    }
