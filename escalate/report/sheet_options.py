"""Open options as a page shows them, and the words for a verdict and a place on the ladder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from escalate.assessment import Assessment
from escalate.findings.say import say
from escalate.options.model import Option
from escalate.options.untried import passed_over, untried_note
from escalate.report.exposure_lines import exposure_lines, regimen_lines
from escalate.report.field_names import field_name
from escalate.report.option_text import REGIONS, VERDICT_WORDS
from escalate.report.sheet_calendar import Dated, calendar_rows
from escalate.report.sheet_parts import Part, parts_of
from escalate.report.sheet_said import IN_A_LINE, Said, Voice
from escalate.texts import N_, _
from escalate.truth import Truth

_LAST_STEP = 5

_LEVELS = {"rct": N_("randomised trial"), "rct_negative": N_("negative randomised trial")}


@dataclass(frozen=True, slots=True)
class Untried:
    """What a step-5 option passes over, and how that stands here; why, the conference writes."""

    name: str
    here: str


@dataclass(frozen=True, slots=True)
class Card:
    """An option the conference may choose. `mark` is the verdict's own word, `verdict` the one for people,
    `in_a_line` the same within a sentence. `counts` stands in the line of the verdict: on how many patients
    the option rests."""

    id: str
    name: str
    place: str
    rank: str
    mark: str
    verdict: str
    in_a_line: str
    status: str
    level: str
    counts: str
    evidence: str
    sources: tuple[int, ...]
    reasons: tuple[Said, ...]
    pros: tuple[str, ...]
    cons: tuple[str, ...]
    cautions: tuple[Said, ...]
    unchecked: tuple[tuple[Said, str], ...]
    untried: tuple[Untried, ...]
    notes: tuple[str, ...]
    dose: str
    regimen: tuple[str, ...]
    exposure: tuple[str, ...]
    calendar: tuple[Dated, ...]
    parts: Mapping[str, Part]


def cards(
    options: Sequence[Option], assessment: Assessment, voice: Voice, start: date | None = None
) -> tuple[Card, ...]:
    """The open options in their order; a sentence that several of them share stands at the first.

    Args: start, the day of the first dose, from which each has its calendar.
    """
    opened = [o for o in options if o.verdict.is_open]
    ranks = [o.rank for o in opened]
    parts = parts_of(opened, voice)
    then = _on_day(assessment, start)
    return tuple(_card(o, ranks, parts[o.therapy.id], assessment, voice, start, then) for o in opened)


def _on_day(assessment: Assessment, start: date | None) -> Assessment | None:
    """The same file as of the first dose, once for all options."""
    if start is None:
        return None
    from escalate.start_day import on_day  # with numpy, which only a page with calendars pays for

    return on_day(assessment, start)


def place(step: int | None) -> str:
    """Where on the ladder an option stands."""
    return _("step {step}").format(step=step) if step is not None else _("beside the ladder")


def verdict_word(option: Option) -> str:
    """The verdict in the words of every report."""
    return _(VERDICT_WORDS[option.verdict][0])


def verdict_in_a_line(option: Option) -> str:
    """The verdict within a sentence."""
    return _(IN_A_LINE[option.verdict])


def _card(
    option: Option,
    ranks: Sequence[int | None],
    parts: Mapping[str, Part],
    assessment: Assessment,
    voice: Voice,
    start: date | None,
    then: Assessment | None,
) -> Card:
    therapy, plan, options = option.therapy, assessment.plan(option), assessment.proposal.options
    level = therapy.evidence_level
    shared_rank = option.rank is not None and ranks.count(option.rank) > 1
    regimen: Any = plan.regimen
    exposure: Any = plan.exposure
    first, second, *_rest = (*therapy.headline, "", "")
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
        counts=first.rstrip(".") if option.step == _LAST_STEP else "",
        evidence=second if option.step == _LAST_STEP else first,
        sources=voice.cite(therapy.evidence),
        reasons=tuple(voice.reason(r, therapy.id) for r in option.indicated_by[:1]),
        pros=therapy.for_and_against.get("for", ()),
        cons=therapy.for_and_against.get("against", ()),
        cautions=tuple(voice.reason(r, therapy.id) for r in option.cautions if r.truth is Truth.TRUE),
        unchecked=tuple(
            (voice.reason(r, therapy.id), ", ".join(field_name(fact, assessment) for fact in r.missing[:3]))
            for r in option.cautions
            if r.truth is Truth.UNKNOWN
        ),
        untried=_untried(option, assessment),
        notes=tuple(n for n in option.notes if n not in untried_note(option, options, assessment.reasons)),
        dose=therapy.dose,
        regimen=tuple(regimen_lines(regimen, ".3g")) if regimen is not None else no_weight,
        exposure=tuple(exposure_lines(exposure, 3)) if exposure is not None else (),
        calendar=calendar_rows(assessment, option, start, then),
        parts=parts,
    )


def _untried(option: Option, assessment: Assessment) -> tuple[Untried, ...]:
    """REF-05: each agent of steps 1 to 4 that is passed over, with what is known of it."""
    found = []
    for name, members in passed_over(option, assessment.proposal.options, assessment.reasons):
        ids = {member.therapy.id for member in members}
        trials = [line for line in assessment.lines or () if line.therapy in ids]
        verdicts = dict.fromkeys(verdict_in_a_line(member) for member in members)
        given = _("given, not adequately") if trials else _("never given")
        found.append(Untried(name, f"{given}; {', '.join(verdicts)}"))
    return tuple(found)


def _status(option: Option, assessment: Assessment) -> str:
    """`EU off-label, US investigational`: an off-label use is never written like an approval."""
    status = assessment.status(option)
    words = {"off_label": _("off-label")}
    return ", ".join(
        f"{_(REGIONS[k])} {words.get(status[k]) or say(status[k])}" for k in REGIONS if k in status
    )
