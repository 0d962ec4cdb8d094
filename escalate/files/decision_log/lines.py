"""A decision log as JSON lines: what `escalate log export` writes, and what is read of it again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from escalate.files.decision_log.chain import Row, canonical, plain
from escalate.problems import UsageError
from escalate.texts import _


def as_plain(row: Row) -> dict[str, object]:
    """One entry with its place and hashes; a text that is no entry any more stays the text it is."""
    entry = plain(row.text)
    held: object = entry if entry is not None and canonical(entry) == row.text else row.text
    return {"number": row.place, "previous": row.previous, "hash": row.hash, "entry": held}


def line_of(row: Row) -> str:
    """One entry as one line."""
    return json.dumps(as_plain(row), ensure_ascii=False)


def rows_of(path: Path) -> Iterator[Row]:
    """The entries of an exported log, in the order of the file. Raises: UsageError naming the line."""
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield _row(line, f"{path}:{number}:1")
    except (OSError, UnicodeDecodeError) as fault:
        why = fault.strerror if isinstance(fault, OSError) else _("it is not UTF-8")
        raise UsageError(_("{file} cannot be read: {why}").format(file=path, why=why)) from None


def _row(line: str, at: str) -> Row:
    held = plain(line) or {}
    number, previous, hashed = (held.get(key) for key in ("number", "previous", "hash"))
    entry = held.get("entry")
    if type(number) is int and isinstance(previous, str) and isinstance(hashed, str):
        if isinstance(entry, dict):
            return Row(number, previous, hashed, _text(entry, line))
        if isinstance(entry, str):
            return Row(number, previous, hashed, entry)
    raise UsageError(_("{at}: this is no line of an exported decision log").format(at=at))


def _text(entry: dict[str, object], line: str) -> str:
    try:
        return canonical(entry)
    except ValueError:  # a NaN, which no entry holds
        return line
