"""Vignettes: patients in a few words, and what the knowledge must say about them.

A file under `tests/vignettes/` is a list of cases that a clinician can read:

    - name: V31 - LVEF exactly 45 % is mild heart disease, 44 % closes the engager
      patient: refractory-antisynthetase           # an example, named once; or `facts:` from nothing
      change: {heart.echo.lvef_percent: 45, heart.nyha_class: 2}
      expect: {teclistamab: caution_high, because: [BCMA-X10]}
      and_if:
        - {change: {heart.echo.lvef_percent: 44}, expect: {teclistamab: excluded, because: [BCMA-X04]}}

A case with `facts:` runs twice. *As written*: what is not written is unknown (`as_written`). *Completed*:
what it does not name is normal, taken from the example `complete-normal` (`expect`).

What may be expected: a therapy with a verdict, a list of verdicts, or `open`, `not_open`, `closed`, `listed`
(in `options` and not closed); `because: [rule ids]` and `alerts: [ids]`, all of which must speak;
`no_alerts: [ids]`; `asks: [fields]`; `findings: {name: value}`; `lines: {therapy: counts_as}`; `scope`;
`reached_step`; `refused: [problem codes]` for a file that must not be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from escalate.assessment import Assessment
from escalate.nodes import Document, Mapping, Node, Scalar, Sequence
from escalate.options.model import Option
from escalate.options.verdict import Verdict
from escalate.problems import KnowledgeRefused, PatientRefused, Problem, Span, nearest

_CASE_KEYS = ("name", "patient", "facts", "change", "expect", "as_written", "and_if", "note")
_CLOSED = (Verdict.EXCLUDED, Verdict.DEFERRED)
_COMPLETE = "complete-normal"

Assess = Callable[[Mapping], Assessment]
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
        raise _refused(document.root.at, "a vignette file is a list of cases")
    for item in document.root.items:
        case = _mapping(item, "a case")
        for key, _ in case.entries:
            if key.text not in _CASE_KEYS:
                raise _refused(key.at, f"`{key.text}` is no part of a case", nearest(key.text, _CASE_KEYS))
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
        alone = overlay(_empty(stated.at), stated)
        yield Case(f"{name} (as written)", alone, _mapping(as_written, "`as_written`"), case.at)
    yield from _variants(f"{name} (completed)", overlay(example(_COMPLETE), stated), case)


def _variants(name: str, base: Mapping, case: Mapping) -> Iterator[Case]:
    change = case.get("change")
    patient = overlay(base, _mapping(change, "`change`")) if change is not None else base
    if (expect := case.get("expect")) is not None:
        yield Case(name, patient, _mapping(expect, "`expect`"), case.at)
    also = case.get("and_if")
    for item in also.items if isinstance(also, Sequence) else ():
        variant = _mapping(item, "a variant")
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


def failures(case: Case, assess: Assess) -> list[str]:
    """What does not hold, each as one sentence; empty when the case holds."""
    expected = {key.text: value for key, value in case.expect.entries}
    refused = expected.pop("refused", None)
    try:
        assessment = assess(case.patient)
    except PatientRefused as refusal:
        found = {problem.code for problem in refusal.problems}
        wanted = set(_words(refused)) if refused is not None else set()
        if refused is None:
            return [f"the patient was refused: {', '.join(sorted(found))}"]
        return [f"refused for {code}: not found among {', '.join(sorted(found))}" for code in wanted - found]
    if refused is not None:
        return ["the patient was read, and should be refused"]
    return [line for subject, value in expected.items() for line in _check(subject, value, assessment)]


def _check(subject: str, value: Node, assessment: Assessment) -> Iterable[str]:
    proposal = assessment.proposal
    if subject == "scope":
        yield from _same(subject, str(proposal.scope), _words(value))
    elif subject == "reached_step":
        reached = "none" if proposal.ladder is None else str(proposal.ladder.reached_step)
        yield from _same(subject, reached, _words(value))
    elif subject in ("alerts", "no_alerts"):
        shown = {alert.id for alert in proposal.alerts}
        for name in _words(value):
            if (name in shown) is (subject == "no_alerts"):
                yield f"alert {name} is {'shown' if name in shown else 'missing'} (shown: {sorted(shown)})"
    elif subject == "asks":
        asked = {question.fact for question in proposal.questions}
        asked |= {field for finding in assessment.findings for field in finding.missing}
        yield from (f"{name} is not asked for" for name in _words(value) if name not in asked)
    elif subject == "because":
        yield from _speaking(_words(value), assessment)
    elif subject == "findings":
        values = {finding.name: finding.value for finding in assessment.findings}
        for key, wanted in _mapping(value, "`findings`").entries:
            yield from _same(key.text, values.get(key.text, "not shown"), _words(wanted))
    elif subject == "lines":
        for key, wanted in _mapping(value, "`lines`").entries:
            counted = [line.counts_as for line in assessment.lines or () if line.therapy == key.text]
            for word in _words(wanted):
                if word not in counted:
                    yield f"{key.text} counts as {counted}, not {word}"
    else:
        yield from _verdict(subject, _words(value), assessment)


def _speaking(wanted: list[str], assessment: Assessment) -> Iterable[str]:
    options = assessment.proposal.options
    speaking = {
        reason.rule.id
        for o in options
        for reason in (*o.indicated_by, *o.excluded_by, *o.deferred_by, *o.cautions, *o.unsettled)
    }
    speaking |= {rule for entry in assessment.proposal.not_indicated for rule in entry.rules}
    yield from (f"rule {name} does not speak" for name in wanted if name not in speaking)


def _verdict(therapy: str, wanted: list[str], assessment: Assessment) -> Iterable[str]:
    option = assessment.option(therapy)
    word = option.verdict
    closed = word in _CLOSED
    groups = {
        "open": word.is_open,
        "not_open": not word.is_open,
        "closed": closed,
        "listed": word is not Verdict.NOT_INDICATED and not closed,
    }
    if not any(groups.get(w, w == word) for w in wanted):
        reasons = (*option.excluded_by, *option.deferred_by) if isinstance(option, Option) else ()
        cautions = option.cautions if isinstance(option, Option) else ()
        why = ", ".join(r.rule.id for r in (*reasons, *cautions))
        yield f"{therapy} is {word}{f' ({why})' if why else ''}, not {' or '.join(wanted)}"


def _same(subject: str, found: str, wanted: list[str]) -> Iterable[str]:
    if found not in wanted:
        yield f"{subject} is {found}, not {' or '.join(wanted)}"


def _words(value: Node | None) -> list[str]:
    if isinstance(value, Sequence):
        return [item.text for item in value.items if isinstance(item, Scalar)]
    return [value.text] if isinstance(value, Scalar) else []


def _short(value: Node) -> str:
    return value.text if isinstance(value, Scalar) else "..."


def _text(case: Mapping, key: str) -> str:
    value = case.get(key)
    if not isinstance(value, Scalar):
        raise _refused(case.at, f"a case needs `{key}`")
    return value.text


def _mapping(node: Node, what: str) -> Mapping:
    if not isinstance(node, Mapping):
        raise _refused(node.at, f"{what} is a set of `key: value`")
    return node


def _empty(at: Span) -> Mapping:
    return Mapping((), at)


def _refused(at: Span, message: str, help: str = "") -> KnowledgeRefused:
    return KnowledgeRefused([Problem(at, "bad-vignette", message, help)])
