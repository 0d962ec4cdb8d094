"""FHIR JSON as strangers send it: bounded, no key twice, numbers exact, every entry with its line.

JSON's own reader keeps the last of two equal keys, takes NaN, and turns 0.1 into a binary fraction. Here a
second key is refused, numbers are Decimal, and one that nobody could have measured stays one that the FHIR
reader rejects with its entry.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from decimal import Decimal, InvalidOperation
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

from escalate.files.patient_file import RECORD_LIMIT
from escalate.files.safe_bytes import decode, too_large
from escalate.problems import PatientRefused, Problem, Span
from escalate.texts import _

_LONGEST_NUMBER = 60
# No measurement: what reads a quantity says so at its entry.
_TOO_LARGE = Decimal("1E+999")


def loads(raw: bytes, name: str) -> Any:
    """The value of JSON bytes, numbers as int or Decimal. Raises: PatientRefused."""
    return parsed(text_of(raw, name), name)


def text_of(raw: bytes, name: str) -> str:
    """The text of bounded UTF-8 bytes. Raises: PatientRefused."""
    if len(raw) > RECORD_LIMIT:
        raise PatientRefused([too_large(Span(name, 1, 1), RECORD_LIMIT)])
    text = decode(raw, name)
    if isinstance(text, str):
        return text
    if any(problem.code != "control-character" for problem in text):
        raise PatientRefused(text)
    # Of JSON some are legal inside a text; the others are refused by its own reader. Nothing is shown raw.
    return raw.decode("utf-8-sig")


def parsed(text: str, name: str, line: int = 1) -> Any:
    """The value of a JSON text that begins in `line` of a file. Raises: PatientRefused."""
    try:
        return _DECODER.decode(text)
    except _Refused as fault:
        code, message = fault.args
        raise PatientRefused([Problem(Span(name, line, 1), code, message)]) from None
    except json.JSONDecodeError as fault:
        at = Span(name, line + fault.lineno - 1, fault.colno)
        raise PatientRefused(
            [Problem(at, "not-json", _("this is no JSON: {why}").format(why=fault.msg))]
        ) from None
    except RecursionError:
        message = _("too many levels inside each other")
        raise PatientRefused([Problem(Span(name, line, 1), "too-deep", message)]) from None


def places(text: str, name: str) -> dict[str, Span]:
    """`entry[3]` -> line and column, for a text that `parsed` has taken; {} for what is no Bundle."""
    starts = [0]
    while (found := text.find("\n", starts[-1])) >= 0:
        starts.append(found + 1)

    def span(offset: int) -> Span:
        line = bisect_right(starts, offset)
        return Span(name, line, offset - starts[line - 1] + 1)

    at = _blank(text, 0)
    if text[at : at + 1] != "{":
        return {}
    at = _blank(text, at + 1)
    while text[at : at + 1] == '"':
        key, at = scanstring(text, at + 1)
        at = _blank(text, _blank(text, at) + 1)
        if key == "entry" and text[at] == "[":
            return {f"entry[{number}]": span(offset) for number, offset in enumerate(_items(text, at))}
        _value, at = _PLAIN.raw_decode(text, at)
        at = _blank(text, at)
        at = _blank(text, at + 1) if text[at : at + 1] == "," else at
    return {}


def _items(text: str, at: int) -> list[int]:
    """Where each item of the array at `at` begins."""
    found: list[int] = []
    at = _blank(text, at + 1)
    while text[at] != "]":
        found.append(at)
        _value, at = _PLAIN.raw_decode(text, at)
        at = _blank(text, at)
        at = _blank(text, at + 1) if text[at] == "," else at
    return found


def _blank(text: str, at: int) -> int:
    while text[at : at + 1] in (" ", "\t", "\n", "\r"):
        at += 1
    return at


class _Refused(Exception):
    """What JSON's reader would take and nobody should: a stable code and a sentence."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    whole = dict(pairs)
    if len(whole) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _value in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise _Refused("duplicate-key", _("`{key}` is given twice").format(key=twice[:60]))
    return whole


def _number(text: str) -> Decimal:
    if len(text) > _LONGEST_NUMBER:
        return _TOO_LARGE
    try:
        return Decimal(text)
    except InvalidOperation:
        return _TOO_LARGE


def _whole(text: str) -> int | Decimal:
    return int(text) if len(text) <= _LONGEST_NUMBER else _TOO_LARGE


def _constant(text: str) -> Any:
    raise _Refused("not-json", _("this is no JSON: {why}").format(why=text))


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_number, parse_int=_whole, parse_constant=_constant
)
_PLAIN = json.JSONDecoder(parse_int=str, parse_float=str)
