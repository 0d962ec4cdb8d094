"""Assessments of one patient side by side: what a conference sees first, and the verdicts that differ."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from escalate.assessment import Assessment
from escalate.findings.say import say
from escalate.language.words import say_unit
from escalate.options.model import Option
from escalate.options.verdict import Verdict
from escalate.report.counts import Counts, counted
from escalate.report.head import finding_value, summary_findings
from escalate.report.record import verdict_record
from escalate.report.sheet_said import Voice
from escalate.service.page.asked import Rows
from escalate.service.page.differ import Word, leading_fact, reasons_of, word
from escalate.texts import _, figure


@dataclass(frozen=True, slots=True)
class Side:
    """One column: its changes, and its first screen."""

    title: str
    changes: tuple[str, ...]
    emergencies: tuple[str, ...]
    step: str
    open: tuple[tuple[str, Word], ...]
    counts: Counts
    first_ask: str
    findings: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A verdict and its reasons in one column."""

    word: Word
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """Therapies with the same verdicts for the same reasons: names, and a cell for each column."""

    names: tuple[str, ...]
    cells: tuple[Cell, ...]


def side(title: str, assessment: Assessment, changes: Rows) -> Side:
    """One assessment as a column, in the language spoken now."""
    proposal = assessment.proposal
    opened = [option for option in proposal.options if option.verdict.is_open]
    held = [option for option in proposal.options if option.verdict is Verdict.DATA_NEEDED]
    ladder, asks = proposal.ladder, proposal.questions
    return Side(
        title=title,
        changes=tuple(_said(field, value, assessment) for field, value in changes),
        emergencies=tuple(alert.title for alert in proposal.alerts if alert.kind == "emergency"),
        step=_("step {step} is reached").format(step=ladder.reached_step) if ladder else _("no ladder"),
        open=tuple((option.therapy.name, word(option.verdict)) for option in opened),
        counts=counted(proposal.options),
        first_ask=asks[0].ask if asks else _again(held) or _("none that would change a verdict"),
        findings=tuple((found.title, finding_value(found)) for found in summary_findings(assessment)),
    )


def _again(held: Iterable[Option]) -> str:
    """What an option waits for where nothing is unknown: a test that is too old."""
    return next((r.rule.title for option in held for r in option.waits_for), "")


def _said(field: str, value: str, assessment: Assessment) -> str:
    """`LVEF = 44 %`; a value with a unit of its own as it was written."""
    fact = assessment.library.facts.get(field)
    if fact is None:
        return f"{field} = {value}"
    if value[-1:].isdigit() and fact.kind in ("number", "integer"):
        return f"{fact.label} = {figure(value)} {say_unit(fact.unit)}".strip()
    return f"{fact.label} = {say(value)}"


def glances(sides: Sequence[Side]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The ladder and the main findings that are not the same on every side: title, and each side's value."""
    rows = [(_("The ladder"), tuple(one.step for one in sides))]
    for number, (title, _value) in enumerate(sides[0].findings):
        rows.append((title, tuple(one.findings[number][1] for one in sides)))
    return tuple((title, values) for title, values in rows if len(set(values)) > 1)


def compared(assessments: Sequence[Assessment]) -> tuple[tuple[Compared, ...], tuple[Compared, ...]]:
    """The therapies whose verdicts or reasons differ, and those that are alike in all; grouped."""
    records = [verdict_record(assessment) for assessment in assessments]
    voices = [Voice(assessment) for assessment in assessments]
    listed = [option.therapy for option in assessments[0].proposal.options]
    known = {therapy.id for therapy in listed}
    therapies = assessments[0].library.therapies
    listed += [therapies[id] for id in sorted({id for record in records for id in record} - known)]
    differing: dict[tuple[Cell, ...], list[str]] = {}
    alike: dict[tuple[Cell, ...], list[str]] = {}
    for therapy in listed:
        cells = []
        for assessment, record, voice in zip(assessments, records, voices, strict=True):
            held = record.get(therapy.id)
            reasons = reasons_of(therapy.id, assessment)[:2]
            why = tuple(": ".join((reason.rule.title, *leading_fact(reason, voice))) for reason in reasons)
            cells.append(Cell(word(held.verdict if held else "not_listed"), why))
        row = tuple(cells)
        same = all(cell.word == row[0].word for cell in row)
        if same and row[0].word.mark == "not_indicated":
            continue
        if same:
            row = tuple(Cell(cell.word, ()) for cell in row)
        (alike if same else differing).setdefault(row, []).append(therapy.name)
    return _rows(differing), _rows(alike)


def _rows(grouped: dict[tuple[Cell, ...], list[str]]) -> tuple[Compared, ...]:
    return tuple(Compared(tuple(names), cells) for cells, names in grouped.items())
