"""Options that are not open as a page shows them: what closes them and for how long, what they wait for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from escalate.assessment import Assessment
from escalate.findings.reasons import Reason
from escalate.options.model import Option
from escalate.options.verdict import Verdict
from escalate.report.change import can_change, lasting_facts
from escalate.report.days import long_day
from escalate.report.field_names import field_name
from escalate.report.overrides import beside
from escalate.report.sheet_options import place, verdict_word
from escalate.report.sheet_said import Said, Voice
from escalate.texts import _
from escalate.truth import Truth

_FACTS_SHOWN = 5
_CLOSING_SHOWN = 2


@dataclass(frozen=True, slots=True)
class Row:
    """An option that is not open: what closes it and whether that can change, or what it waits for."""

    id: str
    name: str
    place: str
    mark: str
    verdict: str
    reasons: tuple[Said, ...]
    further: tuple[str, ...]
    change: str
    missing: tuple[str, ...]
    more_missing: int
    cautions: tuple[Said, ...]
    earlier: tuple[str, ...]


def closed(options: Iterable[Option], assessment: Assessment, voice: Voice) -> tuple[Row, ...]:
    """Excluded and deferred options, each with the value that closes it."""
    rows = []
    options = tuple(options)
    lasting = lasting_facts(options)
    advised: set[str] = set()  # what a rule advises stands at the first option that it closes
    for o in options:
        if o.verdict not in (Verdict.EXCLUDED, Verdict.DEFERRED):
            continue
        closing = (*o.excluded_by, *o.deferred_by)
        said = [voice.reason(r, o.therapy.id, deep=True) for r in closing[:_CLOSING_SHOWN]]
        shown = tuple(replace(s, advise="") if s.rule in advised else s for s in said)
        advised.update(s.rule for s in said)
        further = tuple(_further(r) for r in closing[_CLOSING_SHOWN:])
        earlier = beside(assessment.patient, o, [s.rule for s in said], long_day)
        change = can_change(closing, long_day, lasting)
        rows.append(_row(o, reasons=shown, further=further, change=change, earlier=earlier))
    return tuple(rows)


def waiting(options: Iterable[Option], assessment: Assessment, voice: Voice) -> tuple[Row, ...]:
    """Options that are not open because something is unknown, or has to be done again."""
    rows = []
    for o in options:
        if o.verdict is not Verdict.DATA_NEEDED:
            continue
        names = [field_name(m.fact, assessment) for m in o.missing]
        true = [r for r in o.cautions if r.truth is Truth.TRUE]
        # Nothing is unknown, and still it waits: a test is too old, or something has to be asked first.
        asked = o.waits_for if not names else ()
        rows.append(
            _row(
                o,
                reasons=tuple(voice.reason(r, o.therapy.id) for r in asked),
                missing=tuple(names[:_FACTS_SHOWN]),
                more_missing=max(0, len(names) - _FACTS_SHOWN),
                cautions=tuple(voice.reason(r, o.therapy.id) for r in true),
                earlier=beside(assessment.patient, o, say_day=long_day),
            )
        )
    return tuple(rows)


def grouped(rows: Iterable[Row]) -> tuple[tuple[Row, ...], ...]:
    """Options that wait for the same, or are closed by the same and change alike, stand together.

    What a rule advises stands at the first option that it closes: it does not set a second one apart.
    """
    groups: dict[object, list[Row]] = {}
    for row in rows:
        reasons = tuple(replace(said, advise="") for said in row.reasons)
        same = (row.mark, row.missing, row.cautions, reasons, row.further, row.change, row.earlier)
        groups.setdefault(same, []).append(row)
    return tuple(map(tuple, groups.values()))


def _further(reason: Reason) -> str:
    again = _("not before {day}").format(day=long_day(reason.until)) if reason.until else ""
    return f"{reason.rule.title} ({again})" if again else reason.rule.title


def _row(option: Option, **given: Any) -> Row:
    empty: dict[str, Any] = {
        "reasons": (), "further": (), "change": "", "missing": (), "more_missing": 0, "cautions": (),
        "earlier": (),
    }  # fmt: skip
    return Row(
        id=option.therapy.id,
        name=option.therapy.name,
        place=place(option.step),
        mark=str(option.verdict),
        verdict=verdict_word(option),
        **(empty | given),
    )
