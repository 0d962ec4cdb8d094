"""Reading the bytes of a file that nobody vouches for: regular files only, bounded, UTF-8 only."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from escalate.problems import Problem, Span
from escalate.texts import N_, _

SIZE_LIMIT = 2_000_000
"""Bytes. The largest rule file has some thousand lines, a patient file some hundred."""

_SHOWN = 20
# What YAML calls not printable, and DEL and C1, which rewrite terminals. Tab and line ends stay.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_KINDS = (
    (stat.S_ISDIR, N_("a folder")),
    (stat.S_ISFIFO, N_("a pipe")),
    (stat.S_ISCHR, N_("a device")),
    (stat.S_ISBLK, N_("a device")),
    (stat.S_ISSOCK, N_("a socket")),
)
# How files begin that a word processor or a printer has written.
_OFFICE = (
    (b"PK\x03\x04", N_("a Word file or another packed file")),
    (b"\xd0\xcf\x11\xe0", N_("a Word file or another packed file")),
    (b"%PDF", N_("a PDF file")),
    (b"{\\rtf", N_("an RTF file")),
)


def read_bytes(path: Path, name: str, *, limit: int = SIZE_LIMIT) -> bytes | Problem:
    """The bytes of a regular file of at most `limit`, or what is wrong with it; never waits."""
    whole = Span(name, 1, 1)
    try:
        # Looked at before it is opened: opening a device can act on it, opening a pipe can wait for ever.
        refused = _not_a_file(os.stat(path).st_mode, whole)
        if refused:
            return refused
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except FileNotFoundError:
        return Problem(whole, "no-such-file", _("there is no such file"))
    except (OSError, ValueError) as fault:
        reason = (fault.strerror if isinstance(fault, OSError) else None) or _("not a valid file name")
        return Problem(whole, "unreadable-file", _("the file cannot be read: {reason}").format(reason=reason))
    try:
        # Once more on the open file: the name may have been given to something else in between.
        return _not_a_file(os.fstat(handle).st_mode, whole) or _bounded(handle, whole, limit)
    except OSError as fault:
        return Problem(
            whole, "unreadable-file", _("the file cannot be read: {strerror}").format(strerror=fault.strerror)
        )
    finally:
        os.close(handle)


def _not_a_file(mode: int, whole: Span) -> Problem | None:
    if stat.S_ISREG(mode):
        return None
    kind = next((word for is_kind, word in _KINDS if is_kind(mode)), N_("something else"))
    return Problem(
        whole,
        "not-a-file",
        _("this is {kind}, not a file").format(kind=_(kind)),
        _("only regular files are read"),
    )


def _bounded(handle: int, whole: Span, limit: int) -> bytes | Problem:
    parts: list[bytes] = []
    left = limit + 1  # one more than allowed: sizes can change, and some files have none
    while left and (part := os.read(handle, left)):
        parts.append(part)
        left -= len(part)
    return too_large(whole, limit) if not left else b"".join(parts)


def too_large(whole: Span, limit: int = SIZE_LIMIT) -> Problem:
    """The problem of a file above `limit` bytes."""
    return Problem(
        whole,
        "file-too-large",
        _("the file has more than {size_limit} MB").format(size_limit=limit // 1_000_000),
    )


def decode(raw: bytes, name: str) -> str | list[Problem]:
    """The text of UTF-8 bytes, without a byte order mark; or every place that is not plain text."""
    office = next((said for start, said in _OFFICE if raw.startswith(start)), "")
    if office:
        message = _("this is {kind}, not a text file").format(kind=_(office))
        return [Problem(Span(name, 1, 1), "not-text", message, _("save it as plain text (UTF-8)"))]
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return [Problem(Span(name, 1, 1), "not-utf-8", _("the file is in UTF-16"), _("save it as UTF-8"))]
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        before = fault.object[: fault.start].decode("utf-8", "replace")
        line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
        # No excerpt: of the line only the part before the fault is known to be text.
        byte = f"0x{fault.object[fault.start]:02x}"
        message = _("byte {byte} is not UTF-8; the file may be in Latin-1 (Windows)").format(byte=byte)
        return [Problem(Span(name, line, column), "not-utf-8", message, _("save it as UTF-8"))]
    return control_characters(text, name) or text


def control_characters(text: str, name: str) -> list[Problem]:
    """A problem for each control character, the first twenty of them."""
    found: list[Problem] = []
    for hit in _CONTROL.finditer(text):
        start = text.rfind("\n", 0, hit.start()) + 1
        end = text.find("\n", hit.start())
        at = Span(name, text.count("\n", 0, hit.start()) + 1, hit.start() - start + 1)
        kind = (
            _("a NUL byte")
            if hit[0] == "\0"
            else _("the control character U+{code}").format(code=f"{ord(hit[0]):04X}")
        )
        # No excerpt where the line is long or holds several: made visible, they would shift the caret.
        line = text[start : end if end >= 0 else len(text)]
        excerpt = line[: hit.start() - start] if len(line) < 200 and len(_CONTROL.findall(line)) == 1 else ""
        message = _("{kind} does not belong in a text file").format(kind=kind)
        found.append(Problem(at, "control-character", message, _("delete it"), excerpt))
        if len(found) == _SHOWN:
            break
    return found
