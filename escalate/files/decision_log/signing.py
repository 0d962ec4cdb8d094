"""Signed heads: Ed25519 over the end of a log, so that a cut-off end or a rewritten past shows later.

The chain shows what was done in between; whoever owns the database can cut off its end, or write all of it
anew. A head signed with a key that he does not have, kept somewhere else, shows both.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from escalate.files.decision_log.chain import Head, canonical, plain
from escalate.files.safe_bytes import read_bytes
from escalate.problems import Problem, UsageError
from escalate.texts import _

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SCHEMA = "escalate/log-head/v1"
_DOMAIN = b"escalate/log-head\n"  # so that the signature is good for nothing else
_HASH_DIGITS = 64


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A head as it was signed; `key` is the fingerprint of the public key that the signer had."""

    head: Head
    signed_at: str
    key: str
    signature: bytes

    def body(self) -> dict[str, object]:
        """What the signature is over."""
        return {
            "schema": SCHEMA,
            "hash": self.head.hash,
            "count": self.head.count,
            "signed_at": self.signed_at,
            "key": self.key,
        }

    def as_plain(self) -> dict[str, object]:
        """The file of a signed head."""
        return {**self.body(), "signature": base64.b64encode(self.signature).decode()}


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a signature does not hold: `kind` is wrong_key or altered_head."""

    kind: str
    message: str


def make_key(path: Path) -> str:
    """A new key: the private one in `path`, its owner's alone, the public one in `path` with `.pub` behind.

    Returns: the fingerprint. Raises: UsageError where either file is there already, or cannot be written.
    """
    _needs_cryptography()
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    public = path.with_name(path.name + ".pub")
    private_text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public_text = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    if os.path.lexists(public):
        raise UsageError(
            _("{file}: there is such a file already; a key is never overwritten").format(file=public)
        )
    _write_new(path, private_text, 0o600)
    try:
        _write_new(public, public_text, 0o644)
    except UsageError:
        path.unlink()  # half a pair is none
        raise
    return fingerprint(key.public_key())


def sign(head: Head, key_file: Path, now: datetime) -> SignedHead:
    """The head signed. Args: now, with its zone. Raises: UsageError where the key cannot be read."""
    key = _private(key_file)
    stamp = now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    unsigned = SignedHead(head, stamp, fingerprint(key.public_key()), b"")
    return SignedHead(head, stamp, unsigned.key, key.sign(_message(unsigned)))


def read_signed(path: Path) -> SignedHead:
    """A signed head from its file. Raises: UsageError where it is none."""
    raw = _bytes(path)
    held = plain(raw.decode("utf-8", "replace")) or {}
    found, count, stamp, key = (held.get(name) for name in ("hash", "count", "signed_at", "key"))
    try:
        signature = base64.b64decode(str(held.get("signature")), validate=True)
    except (binascii.Error, ValueError):
        signature = b""
    whole = isinstance(found, str) and len(found) == _HASH_DIGITS and type(count) is int and count >= 0
    if not whole or held.get("schema") != SCHEMA or not isinstance(stamp, str) or not isinstance(key, str):
        raise UsageError(_("{file}: this is no signed head of a log").format(file=path))
    assert isinstance(found, str)
    assert isinstance(count, int)
    return SignedHead(Head(found, count), stamp, key, signature)


def fault_of(signed: SignedHead, public_file: Path) -> Fault | None:
    """Why the signature does not hold under a public key; None where it does.

    Raises: UsageError where the key cannot be read.
    """
    key = _public(public_file)
    from cryptography.exceptions import InvalidSignature

    own = fingerprint(key)
    try:
        key.verify(signed.signature, _message(signed))
    except InvalidSignature:
        if signed.key != own:
            said = _("it was signed with the key {key}, the one given is {own}")
            return Fault("wrong_key", said.format(key=signed.key[:16], own=own[:16]))
        return Fault("altered_head", _("the signed head was altered: its signature does not fit it"))
    return None


def fingerprint(key: Ed25519PublicKey) -> str:
    """SHA-256 of a public key, in hex: what is compared by telephone."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()


def head_text(signed: SignedHead) -> str:
    """The file of a signed head, one line a key."""
    return json.dumps(signed.as_plain(), indent=2, ensure_ascii=False)


def _message(signed: SignedHead) -> bytes:
    body: Mapping[str, object] = signed.body()
    return _DOMAIN + canonical(body).encode()


def _needs_cryptography() -> None:
    try:
        import cryptography  # noqa: F401
    except ImportError:
        raise UsageError(
            _("cryptography is not installed; it comes with `pip install 'escalate[sign]'`")
        ) from None


def _private(path: Path) -> Ed25519PrivateKey:
    _needs_cryptography()
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(_bytes(path), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        said = _("{file}: this is no private Ed25519 key (`escalate log key` makes one)")
        raise UsageError(said.format(file=path))
    return key


def _public(path: Path) -> Ed25519PublicKey:
    _needs_cryptography()
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(_bytes(path))
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise UsageError(_("{file}: this is no public Ed25519 key").format(file=path))
    return key


def _bytes(path: Path) -> bytes:
    raw = read_bytes(path, str(path))
    if isinstance(raw, Problem):
        raise UsageError(raw.render())
    return raw


def _write_new(path: Path, text: bytes, mode: int) -> None:
    """A file that was not there. Raises: UsageError."""
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, mode)
    except FileExistsError:
        raise UsageError(
            _("{file}: there is such a file already; a key is never overwritten").format(file=path)
        ) from None
    except OSError as fault:
        raise UsageError(f"{path}: {fault.strerror}") from None
    with os.fdopen(handle, "wb") as stream:
        os.fchmod(stream.fileno(), mode)  # whatever the mask of the process is
        stream.write(text)
