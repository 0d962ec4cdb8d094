"""The ladder as a picture shows it: six steps, what was given at each, what is open, closed or waiting."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from escalate.assessment import Assessment
from escalate.findings.say import say
from escalate.patient.lines import Line
from escalate.report.course import Course, course_of
from escalate.report.field_names import in_words
from escalate.report.sheet_options import verdict_in_a_line
from escalate.texts import N_, _

# A failed line and an inadequate one must not look alike: only the first is a reason for the next step.
_LINES = {
    "failed": N_("failed, adequate trial"),
    "inadequate_trial": N_("inadequate trial"),
    "stopped_for_toxicity": N_("stopped for toxicity"),
}


@dataclass(frozen=True, slots=True)
class Chip:
    """One therapy at a step: `mark` names its shape, `word` says the same in words."""

    name: str
    mark: str
    word: str


@dataclass(frozen=True, slots=True)
class Stair:
    """One step; `state` in words, `here` where the patient stands."""

    number: int
    content: str
    state: str
    why: str
    here: bool
    reached: bool
    chips: tuple[Chip, ...]


def stairs(assessment: Assessment) -> tuple[Stair, ...]:
    """The steps from 0 upwards; nothing where no ladder is asked for in this scope."""
    ladder = assessment.proposal.ladder
    if ladder is None:
        return ()
    why = {step.step: in_words(step.why, assessment) for step in ladder.next_steps if not step.open}
    given: dict[int, dict[str, Chip]] = {}
    for line in assessment.lines or ():
        step = _step_of(line.therapy, assessment)
        if step is not None:
            chip = Chip(_name(line, assessment), line.counts_as, line_word(line))
            given.setdefault(step, {}).setdefault(f"{chip.name} {chip.word}", chip)
    course = course_of(assessment)
    running = _step_of(course.therapy, assessment) if course is not None else None
    if course is not None and running is not None:
        given.setdefault(running, {})["course"] = Chip(course.name, "running", course.state)
    return tuple(
        Stair(
            number=number,
            content=content,
            state=_state(number, ladder.reached_step, ladder.possible_step),
            why=why.get(number, ""),
            here=number == ladder.reached_step,
            reached=number <= ladder.reached_step,
            chips=(*given.get(number, {}).values(), *_options(number, assessment, course)),
        )
        for number, content in assessment.library.ladder
    )


def line_word(line: Line) -> str:
    """What a line counts as, with whether it was adequate."""
    return _(_LINES[line.counts_as]) if line.counts_as in _LINES else say(line.counts_as)


def _name(line: Line, assessment: Assessment) -> str:
    return assessment.library.drugs.labels.get(line.therapy, say(line.therapy))


def _state(number: int, reached: int, possible: int) -> str:
    if number == reached:
        return _("reached: the patient stands here")
    if number < reached:
        return _("passed")
    return _("not decided") if number <= possible else _("not reached")


def _options(number: int, assessment: Assessment, course: Course | None) -> Iterable[Chip]:
    for option in assessment.proposal.options:
        if option.step == number:
            word = verdict_in_a_line(option)
            if course is not None and course.goes_on and course.therapy == option.therapy.id:
                word = _("next dose: {verdict}").format(verdict=word)
            yield Chip(option.therapy.name, str(option.verdict), word)


def _step_of(therapy: str, assessment: Assessment) -> int | None:
    """The first step at which this patient's pathways, else the general ladder, else any, name the drug."""
    spoken = {r.rule.pathway for o in assessment.proposal.options for r in o.indicated_by}
    rules = [r for r in assessment.library.rules if r.kind == "indicate" and r.step and therapy in r.targets]
    for pathways in (spoken - {""}, {"LADDER"}, {r.pathway for r in rules}):
        steps = [r.step for r in rules if r.step is not None and r.pathway in pathways]
        if steps:
            return min(steps)
    return None
