"""What a vignette expects to be said: beside an option, of a therapy, in an alert."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from escalate.assessment import Assessment
from escalate.audit.unmet import Unmet
from escalate.nodes import Node, Scalar
from escalate.nodes import Sequence as SequenceNode
from escalate.options.model import NotIndicated, Option
from escalate.texts import N_
from escalate.truth import Truth


def says(therapy: str, wanted: Node, assessment: Assessment) -> Iterable[Unmet]:
    text = _text_of(therapy, assessment)
    yield from (
        Unmet(N_("{therapy} does not say `{part}`"), therapy=therapy, part=part)
        for part in words(wanted)
        if _folded(part) not in text
    )


def never_says(therapy: str, wanted: Node, assessment: Assessment) -> Iterable[Unmet]:
    text = _text_of(therapy, assessment)
    yield from (
        Unmet(N_("{therapy} says `{part}`"), therapy=therapy, part=part)
        for part in words(wanted)
        if _folded(part) in text
    )


def _text_of(therapy: str, assessment: Assessment) -> str:
    option = judged(therapy, assessment)
    if option is None:
        return ""
    if isinstance(option, NotIndicated):
        return _folded(" | ".join(option.because))
    texts = [*option.notes, *(f"{place} {word}" for place, word in assessment.status(option).items())]
    reasons = (*option.indicated_by, *option.excluded_by, *option.deferred_by, *option.cautions)
    for reason in (*reasons, *option.against):
        if reason.truth is Truth.TRUE:
            rule = reason.rule
            texts += [rule.id, rule.title, rule.advise, rule.because, *reason.because]
    return _folded(" | ".join(texts))


def shows(name: str, wanted: Node, assessment: Assessment) -> Iterable[Unmet]:
    therapy = assessment.library.therapies[name]
    aspects = [line for side in therapy.for_and_against.values() for line in side]
    lines = [therapy.dose, *therapy.headline, *therapy.warnings, *aspects, *therapy.work_up]
    lines += [*therapy.monitoring, *therapy.prophylaxis, *therapy.washout]
    yield from contain(N_("{name} does not show `{part}`"), name, lines, words(wanted))


def do(alert: str, wanted: Node, assessment: Assessment) -> Iterable[Unmet]:
    lines = [line for a in assessment.proposal.alerts if a.id == alert for line in a.do]
    yield from contain(N_("alert {name} does not call for `{part}`"), alert, lines, words(wanted))


def do_not(alert: str, wanted: Node, assessment: Assessment) -> Iterable[Unmet]:
    lines = [line for a in assessment.proposal.alerts if a.id == alert for line in a.do_not]
    yield from contain(N_("alert {name} does not warn of `{part}`"), alert, lines, words(wanted))


def judged(therapy: str, assessment: Assessment) -> Option | NotIndicated | None:
    judged: tuple[Option | NotIndicated, ...] = (
        *assessment.proposal.options, *assessment.proposal.not_indicated,
    )  # fmt: skip
    return next((option for option in judged if option.therapy.id == therapy), None)


def contain(message: str, name: str, lines: Sequence[str], wanted: list[str]) -> Iterable[Unmet]:
    text = _folded(" | ".join(lines))
    yield from (Unmet(message, name=name, part=part) for part in wanted if _folded(part) not in text)


def _folded(text: str) -> str:
    return " ".join(text.lower().split())


def words(value: Node | None) -> list[str]:
    if isinstance(value, SequenceNode):
        return [item.text for item in value.items if isinstance(item, Scalar)]
    return [value.text] if isinstance(value, Scalar) else []
