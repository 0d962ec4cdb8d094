"""The public keys of clients, fetched from the one address that is agreed on for each.

No redirect is followed, nothing but HTTPS is spoken to another machine, and an unknown key makes the service
ask again once a minute at most: whoever sends a token decides neither where it connects nor how often.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from escalate.service.settings import is_loopback

Keys = Sequence[Mapping[str, object]]
_LOG = logging.getLogger("escalate.service")
_TIMEOUT_S = 5.0
_KEPT_S = 3600.0
_AGAIN_S = 60.0
_MOST_BYTES = 200_000


class KeySets:
    """JWK Sets by address, kept for an hour."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, Keys]] = {}
        self._lock = asyncio.Lock()

    async def of(self, address: str, key_id: str) -> Keys:
        """The keys at an address; read again where none of those kept has this id."""
        async with self._lock:
            read, keys = self._kept.get(address, (float("-inf"), ()))
            age = time.monotonic() - read
            known = any(key.get("kid") == key_id for key in keys)
            if age < _AGAIN_S or (known and age < _KEPT_S):
                return keys
            fetched = await asyncio.to_thread(fetch, address)
            # A server that is down for a minute does not lock its clients out.
            self._kept[address] = time.monotonic(), keys if fetched is None else fetched
            return self._kept[address][1]


def fetch(address: str) -> Keys | None:
    """The keys of a JWK Set; None where there are none to be had."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme != "https" and not is_loopback(host):
        return None
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(host, parts.port, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", parts.path or "/", headers={"Accept": "application/json"})
        response = connection.getresponse()
        raw = response.read(_MOST_BYTES + 1)
        if response.status != 200 or len(raw) > _MOST_BYTES:
            raise ValueError
        keys = json.loads(raw)["keys"]
    except (OSError, HTTPException, ValueError, LookupError, TypeError, RecursionError):
        _LOG.warning("no keys at %s", address)
        return None
    finally:
        connection.close()
    return [key for key in keys if isinstance(key, dict)] if isinstance(keys, list) else None
