"""Who may ask a service: a file of bearer tokens, and a file that names clients with their public keys."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from escalate.files.safe_bytes import read_bytes
from escalate.problems import Problem, UsageError
from escalate.texts import _

_SHORTEST = 32  # characters: what `openssl rand -hex 16` gives


@dataclass(frozen=True, slots=True)
class Client:
    """One issuer of signed requests, and where its public keys are: here, or at an address."""

    iss: str
    keys: tuple[dict[str, Any], ...] = ()
    jku: str = ""


def token_digests(path: str) -> tuple[str, ...]:
    """The SHA-256 of each token of a file, one a line; `#` begins a comment. Raises: UsageError."""
    digests = []
    for number, line in enumerate(_text(path).splitlines(), 1):
        token = line.strip()
        if not token or token.startswith("#"):
            continue
        if len(token) < _SHORTEST or not token.isascii() or " " in token:
            # The token itself is not said: messages are written to logs.
            said = _("{file}:{line}: a token has at least {count} characters, without blanks")
            raise UsageError(said.format(file=path, line=number, count=_SHORTEST))
        digests.append(hashlib.sha256(token.encode()).hexdigest())
    if not digests:
        raise UsageError(_("{file}: it holds no token").format(file=path))
    return tuple(digests)


def clients(path: str) -> tuple[Client, ...]:
    """The clients of a JSON file: `{"issuers": [{"iss": ..., "jwks": FILE | "jku": URL}]}`.

    `jwks` is a JWK Set beside the file. Raises: UsageError naming the entry.
    """
    listed = _json(path).get("issuers")
    if not isinstance(listed, list) or not listed:
        raise UsageError(_("{file}: `issuers` is a list of clients").format(file=path))
    found = [_client(path, number, one) for number, one in enumerate(listed, 1)]
    if len({client.iss for client in found}) < len(found):
        raise UsageError(_("{file}: an issuer stands twice").format(file=path))
    return tuple(found)


def _client(path: str, number: int, one: object) -> Client:
    def wrong(why: str) -> UsageError:
        return UsageError(_("{file}: issuer {number}: {why}").format(file=path, number=number, why=why))

    if not isinstance(one, dict) or not set(one) <= {"iss", "jwks", "jku"}:
        raise wrong(_("it has `iss`, and `jwks` or `jku`"))
    texts = {key: value for key, value in one.items() if isinstance(value, str) and value}
    if texts.keys() != one.keys() or "iss" not in texts or ("jwks" in texts) is ("jku" in texts):
        raise wrong(_("it has `iss`, and `jwks` or `jku`"))
    if "jku" in texts:
        if not texts["jku"].startswith("https://"):
            raise wrong(_("`jku` is an address that begins with https://"))
        return Client(texts["iss"], jku=texts["jku"])
    keys = _json(str(Path(path).parent / texts["jwks"])).get("keys")
    if not isinstance(keys, list) or not keys or not all(isinstance(key, dict) for key in keys):
        raise wrong(_("`{file}` is no JWK Set").format(file=texts["jwks"]))
    if any("d" in key or key.get("kty") == "oct" for key in keys):
        raise wrong(_("`{file}` holds a private key; public ones belong here").format(file=texts["jwks"]))
    return Client(texts["iss"], keys=tuple(keys))


def _json(path: str) -> dict[str, Any]:
    try:
        held = json.loads(_text(path))
    except (ValueError, RecursionError):
        held = None
    if not isinstance(held, dict):
        raise UsageError(_("{file}: this is no JSON object").format(file=path))
    return held


def _text(path: str) -> str:
    raw = read_bytes(Path(path), path)
    if isinstance(raw, Problem):
        raise UsageError(raw.render())
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(
            _("{file} cannot be read: {why}").format(file=path, why=_("it is not UTF-8"))
        ) from None
