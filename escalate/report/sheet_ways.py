"""What a conference may choose besides a further drug: six lines that are always there.

A line says whether a rule speaks for it here, and why; where none does, the conference may still choose it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from escalate.assessment import Assessment
from escalate.findings.reasons import Reason
from escalate.language.evaluate import leaves_of
from escalate.language.facts import Status
from escalate.library.model import Rule
from escalate.options.model import Option
from escalate.report.sheet_options import verdict_in_a_line
from escalate.report.sheet_said import Said, Voice
from escalate.texts import N_, _

_TRIAL = "clinical_trial"
_EXERCISE = "exercise"
# In the order of the report; a decision may be about each of them (`files.decision_log.conference.WAYS`).
WAY_TITLES = {
    "stay": N_("Change nothing"),
    "diagnostic_review": N_("Back to the diagnosis"),
    "taper": N_("Taper"),
    "rehabilitation": N_("Rehabilitation"),
    "trial": N_("Clinical trial"),
    "referral": N_("Referral"),
}


@dataclass(frozen=True, slots=True)
class Way:
    """One way: `said`, the rules that speak for it with what they say to do; `state`, what else is known."""

    key: str
    title: str
    speaks: bool
    said: tuple[tuple[Said, tuple[str, ...]], ...]
    state: tuple[str, ...]


def ways(assessment: Assessment, voice: Voice) -> tuple[Way, ...]:
    """The six ways in their fixed order; none outside the ladder's scope."""
    if assessment.proposal.ladder is None:
        return ()
    spoken: dict[str, list[Reason]] = {}
    for outcome in assessment.proposal.outcomes:
        spoken.setdefault(outcome.outcome, []).append(outcome.reason)
    found = []
    for key, title in WAY_TITLES.items():
        said = tuple(_said(reason, voice) for reason in spoken.get(key, ()))
        state = tuple(_STATES[key](assessment)) if key in _STATES else ()
        found.append(Way(key, _(title), bool(said), said, state))
    return tuple(found)


def _said(reason: Reason, voice: Voice) -> tuple[Said, tuple[str, ...]]:
    return voice.reason(reason, ""), tuple(action.text for action in reason.rule.do)


def _taper(assessment: Assessment) -> Iterator[str]:
    """What is being given now: a taper starts from there."""
    lines = assessment.lines
    if lines is None:
        yield _("what is being given is not known")
        return
    labels = assessment.library.drugs.labels
    running = [line for line in lines if line.source.status == "ongoing"]
    given = [
        " ".join(p for p in (labels.get(x.therapy, x.therapy), x.source.dose or "") if p) for x in running
    ]
    yield _("being given: {drugs}").format(drugs="; ".join(given)) if given else _("nothing is being given")


def _rehabilitation(assessment: Assessment) -> Iterator[str]:
    """What is open of exercise, which stands among the options."""
    option = _option(_EXERCISE, assessment)
    if option is not None:
        yield f"{option.therapy.name}: {verdict_in_a_line(option)}"


def _option(therapy: str, assessment: Assessment) -> Option | None:
    return next((o for o in assessment.proposal.options if o.therapy.id == therapy), None)


def _trial(assessment: Assessment) -> Iterator[str]:
    option = _option(_TRIAL, assessment)
    yield verdict_in_a_line(option) if option is not None else _("no step is reached at which it is proposed")
    yield _centre("centre.trial_available", assessment)


def _referral(assessment: Assessment) -> Iterator[str]:
    """The options that are closed for want of what this centre has, and what their rules say of it."""
    closed = [(o, r) for o in assessment.proposal.options for r in _for_the_centre(o)]
    for option, rule in closed:
        yield f"{option.therapy.name}: {rule.advise or rule.title}"
    unknown = {f for o in assessment.proposal.options for f in _centre_facts(o)}
    labels = assessment.library.facts
    if unknown:
        names = ", ".join(labels[f].label or f for f in sorted(unknown))
        yield _("not stated of this centre: {names}").format(names=names)
    elif not closed:
        yield _("no option is closed for want of what this centre has")


def _for_the_centre(option: Option) -> Iterator[Rule]:
    for reason in (*option.excluded_by, *option.deferred_by):
        if any(_of_the_centre(leaf.test.name) for leaf in leaves_of(reason.rule.when)):
            yield reason.rule


def _centre_facts(option: Option) -> Iterable[str]:
    return (m.fact for m in option.missing if _of_the_centre(m.fact))


def _of_the_centre(name: str) -> bool:
    return name.startswith("centre.")


def _centre(field: str, assessment: Assessment) -> str:
    fact, spec = assessment.reasons.facts[field], assessment.library.facts[field]
    answer = {True: _("yes"), False: _("no")}.get(fact.value is True, "")
    return f"{spec.label}: {answer if fact.status is Status.KNOWN else _('not stated')}"


_STATES = {"taper": _taper, "rehabilitation": _rehabilitation, "trial": _trial, "referral": _referral}
