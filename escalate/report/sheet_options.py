"""Options as a page shows them: open ones as cards, closed and waiting ones as rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from escalate.assessment import Assessment
from escalate.findings.say import say
from escalate.library.model import Rule
from escalate.options.model import Option
from escalate.options.verdict import Verdict
from escalate.report.exposure_lines import exposure_lines, regimen_lines
from escalate.report.option_text import REGIONS, VERDICT_WORDS
from escalate.report.sheet_said import Said, Voice
from escalate.texts import N_, _
from escalate.truth import Truth

_FACTS_SHOWN = 5
_CLOSING_SHOWN = 2
_IN_A_LINE = {
    Verdict.PROPOSE: N_("open for discussion"),
    Verdict.CAUTION: N_("open with caution"),
    Verdict.CAUTION_HIGH: N_("only with a recorded override"),
    Verdict.DATA_NEEDED: N_("data needed"),
    Verdict.DEFERRED: N_("deferred"),
    Verdict.EXCLUDED: N_("excluded"),
}
_LEVELS = {"rct": N_("randomised trial"), "rct_negative": N_("negative randomised trial")}


@dataclass(frozen=True, slots=True)
class Shared:
    """Sentences that stand at an earlier option already: how many, and at which."""

    at: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Part:
    """One list of a card: each line with the later options it holds for too; `shared` stand elsewhere."""

    key: str
    lines: tuple[tuple[str, tuple[str, ...]], ...]
    shared: tuple[Shared, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """An option the conference may choose. `mark` is the verdict's own word, `verdict` the one for people,
    `in_a_line` the same within a sentence."""

    id: str
    name: str
    place: str
    rank: str
    mark: str
    verdict: str
    in_a_line: str
    status: str
    level: str
    evidence: str
    sources: tuple[int, ...]
    reasons: tuple[Said, ...]
    pros: tuple[str, ...]
    cons: tuple[str, ...]
    cautions: tuple[Said, ...]
    unchecked: tuple[tuple[Said, str], ...]
    notes: tuple[str, ...]
    dose: str
    regimen: tuple[str, ...]
    exposure: tuple[str, ...]
    parts: Mapping[str, Part]


@dataclass(frozen=True, slots=True)
class Row:
    """An option that is not open: what closes it, or what it waits for."""

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


def cards(options: Sequence[Option], assessment: Assessment, voice: Voice) -> tuple[Card, ...]:
    """The open options in their order; a sentence that several of them share stands at the first."""
    opened = [o for o in options if o.verdict.is_open]
    ranks = [o.rank for o in opened]
    parts = _parts(opened, voice)
    return tuple(_card(o, ranks, parts[o.therapy.id], assessment, voice) for o in opened)


def closed(options: Iterable[Option], voice: Voice) -> tuple[Row, ...]:
    """Excluded and deferred options, each with the value that closes it."""
    rows = []
    for o in options:
        if o.verdict not in (Verdict.EXCLUDED, Verdict.DEFERRED):
            continue
        closing = (*o.excluded_by, *o.deferred_by)
        shown = tuple(voice.reason(r, o.therapy.id, deep=True) for r in closing[:_CLOSING_SHOWN])
        lasting = any(not r.rule.reversible and r.until is None for r in closing)
        change = _("no day is set") if lasting else _("can change")
        further = tuple(r.rule.title for r in closing[_CLOSING_SHOWN:])
        rows.append(_row(o, reasons=shown, further=further, change=change))
    return tuple(rows)


def waiting(options: Iterable[Option], assessment: Assessment, voice: Voice) -> tuple[Row, ...]:
    """Options that are not open because something is unknown."""
    labels = assessment.library.facts
    rows = []
    for o in options:
        if o.verdict is not Verdict.DATA_NEEDED:
            continue
        names = [labels[m.fact].label or m.fact if m.fact in labels else m.fact for m in o.missing]
        true = [r for r in o.cautions if r.truth is Truth.TRUE]
        rows.append(
            _row(
                o,
                missing=tuple(names[:_FACTS_SHOWN]),
                more_missing=max(0, len(names) - _FACTS_SHOWN),
                cautions=tuple(voice.reason(r, o.therapy.id) for r in true),
            )
        )
    return tuple(rows)


def place(step: int | None) -> str:
    """Where on the ladder an option stands."""
    return _("step {step}").format(step=step) if step is not None else _("beside the ladder")


def verdict_word(option: Option) -> str:
    """The verdict in the words of every report."""
    return _(VERDICT_WORDS[option.verdict][0])


def verdict_in_a_line(option: Option) -> str:
    """The verdict within a sentence."""
    return _(_IN_A_LINE[option.verdict])


def _row(option: Option, **given: Any) -> Row:
    empty: dict[str, Any] = {
        "reasons": (), "further": (), "change": "", "missing": (), "more_missing": 0, "cautions": (),
    }  # fmt: skip
    return Row(
        id=option.therapy.id,
        name=option.therapy.name,
        place=place(option.step),
        mark=str(option.verdict),
        verdict=verdict_word(option),
        **(empty | given),
    )


def _card(
    option: Option,
    ranks: Sequence[int | None],
    parts: Mapping[str, Part],
    assessment: Assessment,
    voice: Voice,
) -> Card:
    therapy, plan = option.therapy, assessment.plan(option)
    level = therapy.evidence_level
    shared_rank = option.rank is not None and ranks.count(option.rank) > 1
    regimen: Any = plan.regimen
    exposure: Any = plan.exposure
    no_weight = (_("no figure in mg without a weight"),) if therapy.regimens else ()
    return Card(
        id=therapy.id,
        name=therapy.name,
        place=place(option.step),
        rank="" if shared_rank or option.rank is None else f"{option.rank}.",
        mark=str(option.verdict),
        verdict=verdict_word(option),
        in_a_line=verdict_in_a_line(option),
        status=_status(option, assessment),
        level=_(_LEVELS[level]) if level in _LEVELS else say(level),
        evidence=therapy.headline[0] if therapy.headline else "",
        sources=voice.cite(therapy.evidence),
        reasons=tuple(voice.reason(r, therapy.id) for r in option.indicated_by[:1]),
        pros=therapy.for_and_against.get("for", ()),
        cons=therapy.for_and_against.get("against", ()),
        cautions=tuple(voice.reason(r, therapy.id) for r in option.cautions if r.truth is Truth.TRUE),
        unchecked=tuple(
            (voice.rule(r.rule), ", ".join(_labels(r.missing[:3], assessment)))
            for r in option.cautions
            if r.truth is Truth.UNKNOWN
        ),
        notes=option.notes,
        dose=therapy.dose,
        regimen=tuple(regimen_lines(regimen)) if regimen is not None else no_weight,
        exposure=tuple(exposure_lines(exposure)) if exposure is not None else (),
        parts=parts,
    )


def _labels(facts: Iterable[str], assessment: Assessment) -> list[str]:
    specs = assessment.library.facts
    return [(specs[f].label if f in specs else "") or f for f in facts]


def _status(option: Option, assessment: Assessment) -> str:
    """`EU off-label, US investigational`: an off-label use is never written like an approval."""
    status = assessment.status(option)
    words = {"off_label": _("off-label")}
    return ", ".join(
        f"{_(REGIONS[k])} {words.get(status[k]) or say(status[k])}" for k in REGIONS if k in status
    )


def _disagreement(rule: Rule, voice: Voice) -> str:
    """Both positions in one line, with the numbers of their sources."""
    positions = " / ".join(position.rstrip(".") for position in rule.positions)
    numbers = ", ".join(map(str, voice.cite(source.ref for source in rule.sources)))
    return f"{rule.title}: {positions}. {rule.because}{f' [{numbers}]' if numbers else ''}"


def _parts(opened: Sequence[Option], voice: Voice) -> dict[str, dict[str, Part]]:
    """By therapy and kind of list; each sentence at the first option that says it, and only there."""
    kinds = {
        "warning": [o.therapy.warnings for o in opened],
        "disagreement": [tuple(_disagreement(r, voice) for r in o.disagreements) for o in opened],
        "work_up": [o.therapy.work_up for o in opened],
        "monitoring": [o.therapy.monitoring for o in opened],
        "prophylaxis": [o.therapy.prophylaxis for o in opened],
        "washout": [o.therapy.washout for o in opened],
    }
    found: dict[str, dict[str, Part]] = {o.therapy.id: {} for o in opened}
    for kind, lists in kinds.items():
        for number, (option, lines) in enumerate(zip(opened, lists, strict=True)):
            own, elsewhere = [], dict.fromkeys(range(number), 0)
            for line in dict.fromkeys(lines):
                first = next(i for i, other in enumerate(lists) if line in other)
                if first == number:
                    later = [o for o, said in zip(opened, lists, strict=True) if line in said][1:]
                    own.append((line, tuple(o.therapy.name for o in later)))
                else:
                    elsewhere[first] += 1
            shared = tuple(
                Shared(opened[i].therapy.id, opened[i].therapy.name, n) for i, n in elsewhere.items() if n
            )
            found[option.therapy.id][kind] = Part(kind, tuple(own), shared)
    return found
