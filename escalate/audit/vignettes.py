"""Vignettes: patients in a few words, and what the knowledge must say about them.

A file under `tests/vignettes/` is a list of cases that a clinician can read:

    - name: V31 - LVEF exactly 45 % is mild heart disease, 44 % closes the engager
      patient: refractory-antisynthetase           # an example, named once; or `facts:` from nothing
      change: {heart.echo.lvef_percent: 45, heart.nyha_class: 2}
      expect: {teclistamab: caution_high, because: [BCMA-X10]}
      and_if:
        - {change: {heart.echo.lvef_percent: 44}, expect: {teclistamab: excluded, because: [BCMA-X04]}}

A case with `facts:` runs twice. *As written*: what is not written is unknown (`as_written`). *Completed*:
what it does not name is normal, taken from the example `complete-normal` (`expect`). Each `and_if` starts
from the case, not from the one before it. What may be expected stands in `escalate.audit.expectations`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from escalate.nodes import Document, Mapping, Node, Scalar, Sequence
from escalate.problems import KnowledgeRefused, Problem, Span, nearest
from escalate.texts import _

_CASE_KEYS = ("name", "patient", "facts", "change", "expect", "as_written", "and_if", "note")
_COMPLETE = "complete-normal"
_SCHEMA = "escalate/patient/v1"

Examples = Callable[[str], Mapping]


@dataclass(frozen=True, slots=True)
class Case:
    """One patient and what is expected of the assessment."""

    name: str
    patient: Mapping
    expect: Mapping
    at: Span


def cases(document: Document, example: Examples) -> Iterator[Case]:
    """The cases of one file, `and_if` and both runs of a case with `facts:` unfolded.

    Args:    example, the root of an example by its name.
    Raises:  KnowledgeRefused with the place of what cannot be read.
    """
    if not isinstance(document.root, Sequence):
        raise _refused(document.root.at, _("a vignette file is a list of cases"))
    for item in document.root.items:
        case = _mapping(item, _("a case"))
        for key, _value in case.entries:
            if key.text not in _CASE_KEYS:
                raise _refused(
                    key.at,
                    _("`{key}` is no part of a case").format(key=key.text),
                    nearest(key.text, _CASE_KEYS),
                )
        yield from _unfold(case, example)


def _unfold(case: Mapping, example: Examples) -> Iterator[Case]:
    name = _text(case, "name")
    facts = case.get("facts")
    if facts is None:
        base = example(_text(case, "patient"))
        yield from _variants(name, base, case)
        return
    stated = _mapping(facts, "`facts`")
    if (as_written := case.get("as_written")) is not None:
        alone = overlay(_named(name, stated.at), stated)
        yield Case(f"{name} (as written)", alone, _mapping(as_written, "`as_written`"), case.at)
    yield from _variants(f"{name} (completed)", overlay(example(_COMPLETE), stated), case)


def _variants(name: str, base: Mapping, case: Mapping) -> Iterator[Case]:
    change = case.get("change")
    patient = overlay(base, _mapping(change, "`change`")) if change is not None else base
    if (expect := case.get("expect")) is not None:
        yield Case(name, patient, _mapping(expect, "`expect`"), case.at)
    also = case.get("and_if")
    for item in also.items if isinstance(also, Sequence) else ():
        variant = _mapping(item, _("a variant"))
        more = _mapping(variant.get("change") or _empty(item.at), "`change`")
        label = ", ".join(f"{key.text}: {_short(value)}" for key, value in more.entries)
        expected = _mapping(variant.get("expect") or _empty(item.at), "`expect`")
        yield Case(f"{name} - and if {label}", overlay(patient, more), expected, variant.at)


def overlay(base: Mapping, changes: Mapping) -> Mapping:
    """The mapping with values set by dotted path; `null` removes one, a mapping sets each of its leaves."""
    result = base
    for key, value in changes.entries:
        result = _set(result, key.text.split("."), value, key)
    return result


def _set(node: Mapping, path: list[str], value: Node, key: Scalar) -> Mapping:
    head, *rest = path
    here = node.get(head)
    inner = here if isinstance(here, Mapping) else _empty(key.at)
    new: Node | None
    if rest:
        new = _set(inner, rest, value, key)
    elif isinstance(value, Mapping):
        new = overlay(inner, value)
    else:
        new = None if isinstance(value, Scalar) and value.plain and value.text in ("", "null", "~") else value
    kept = [(k, v) for k, v in node.entries if k.text != head]
    if new is not None:
        kept.append((Scalar(head, key.at), new))
    return Mapping(tuple(kept), node.at)


def _short(value: Node) -> str:
    return value.text if isinstance(value, Scalar) else "..."


def _text(case: Mapping, key: str) -> str:
    value = case.get(key)
    if not isinstance(value, Scalar):
        raise _refused(case.at, _("a case needs `{key}`").format(key=key))
    return value.text


def _mapping(node: Node, what: str) -> Mapping:
    if not isinstance(node, Mapping):
        raise _refused(node.at, _("{what} is a set of `key: value`").format(what=what))
    return node


def _empty(at: Span) -> Mapping:
    return Mapping((), at)


def _named(name: str, at: Span) -> Mapping:
    """What every patient file must have, so that a case need not write it."""
    texts = {"schema": _SCHEMA, "id": name}
    return Mapping(tuple((Scalar(key, at), Scalar(text, at)) for key, text in texts.items()), at)


def _refused(at: Span, message: str, help: str = "") -> KnowledgeRefused:
    return KnowledgeRefused([Problem(at, "bad-vignette", message, help)])
