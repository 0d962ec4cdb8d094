"""What a vignette may expect of an assessment, and whether it holds.

Verdicts:
- `THERAPY: WORD` or a list of words: a verdict, or `open`, `not_open`, `closed`, `listed` (an option that is
  not closed), `not_looked_at` (outside the ladder most therapies are not)
- `because: [rule ids]`: all of them speak for some therapy
- `order: [therapies]`: in `options`, in this order; `equal: [therapies]`: open, and of one rank
- `step: {therapy: number}`: the step at which it stands
- `until: {therapy: date}`: the first day on which one of its reasons ends by itself

Texts, as parts of them in any spelling of capitals:
- `says: {therapy: [texts]}`: in the reasons that hold (their rule ids too), the notes, the status
  (`eu off_label`), or in why it is not indicated; `never_says: {therapy: [texts]}`
- `shows: {therapy: [texts]}`: in what is said of the therapy to everybody (dose, evidence, warnings)
- `do: {alert: [texts]}`, `do_not: {alert: [texts]}`

Beside the options:
- `alerts: [ids]`, `no_alerts: [ids]`; `outcomes: [ids]`, `no_outcomes: [ids]` (what is no therapy)
- `disputed: {therapy: [ids]}`, `not_disputed: {therapy: [ids]}`: the disagreements shown beside it
- `asks: [fields]`, `no_asks: [fields]`
- `findings: {name: value}`; a graded one also as `C2..C3`, the levels between which it lies
- `lines: {therapy: counts_as}`, `scope`, `reached_step`
- `doses: {therapy: {step: MG mg, VIALS x VIAL mg}}`: the first published regimen at the patient's weight
- `improvement: {score, category, partial, maximum, missing}`: the Total Improvement Score from
  `activity.baseline` to now; `score: none` where it is not computable
- `refused: [problem codes]`, alone: the file must not be read
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise

from escalate.assessment import Assessment
from escalate.audit.expected_texts import do, do_not, judged, never_says, says, shows, words
from escalate.audit.expected_values import doses, findings, improvement, lines, same
from escalate.audit.vignettes import Case
from escalate.nodes import Mapping, Node
from escalate.options.model import Option
from escalate.options.verdict import Verdict
from escalate.problems import PatientRefused

Assess = Callable[[Mapping], Assessment]

_CLOSED = (Verdict.EXCLUDED, Verdict.DEFERRED)


def failures(case: Case, assess: Assess) -> list[str]:
    """What does not hold, each as one sentence; empty when the case holds."""
    expected = {key.text: value for key, value in case.expect.entries}
    refused = expected.pop("refused", None)
    try:
        assessment = assess(case.patient)
    except PatientRefused as refusal:
        found = {problem.code for problem in refusal.problems}
        if refused is None:
            return [f"the patient was refused: {', '.join(sorted(found))}"]
        wanted = set(words(refused))
        return [f"refused for {code}: not found among {', '.join(sorted(found))}" for code in wanted - found]
    if refused is not None:
        return ["the patient was read, and should be refused"]
    return [line for subject, value in expected.items() for line in _check(subject, value, assessment)]


def _check(subject: str, value: Node, assessment: Assessment) -> Iterable[str]:
    if subject in _OF_EACH:
        if not isinstance(value, Mapping):
            return [f"`{subject}` is a set of `key: value`"]
        check = _OF_EACH[subject]
        for key, stated in value.entries:
            if isinstance(stated, Mapping) is not (subject == "doses"):
                return [f"`{key.text}` of `{subject}` is {_SHAPES[subject == 'doses']}"]
        return [line for key, stated in value.entries for line in check(key.text, stated, assessment)]
    if not (wanted := words(value)):
        return [f"`{subject}` is a word or a list of words"]
    if subject in _OF_LISTS:
        return _OF_LISTS[subject](wanted, assessment)
    return _verdict(subject, wanted, assessment)


# -- options ------------------------------------------------------------------------------------


def _verdict(therapy: str, wanted: list[str], assessment: Assessment) -> Iterable[str]:
    option = judged(therapy, assessment)
    if option is None and therapy in assessment.library.therapies:
        if "not_looked_at" not in wanted:
            yield f"{therapy} is not looked at in the scope {assessment.proposal.scope}"
        return
    # A therapy that nobody knows is a fault of the vignette, and says so.
    option = option or assessment.option(therapy)
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


def _because(wanted: list[str], assessment: Assessment) -> Iterable[str]:
    speaking = {
        reason.rule.id
        for o in assessment.proposal.options
        for reason in (*o.indicated_by, *o.excluded_by, *o.deferred_by, *o.cautions, *o.unsettled)
    }
    speaking |= {rule for entry in assessment.proposal.not_indicated for rule in entry.rules}
    yield from (f"rule {name} does not speak" for name in wanted if name not in speaking)


def _order(wanted: list[str], assessment: Assessment) -> Iterable[str]:
    places = {option.therapy.id: place for place, option in enumerate(assessment.proposal.options)}
    yield from (f"{name} is no option" for name in wanted if name not in places)
    for first, second in pairwise(wanted):
        if places.get(first, 0) > places.get(second, len(places)):
            yield f"{first} stands behind {second}"


def _equal(wanted: list[str], assessment: Assessment) -> Iterable[str]:
    ranks = {o.therapy.id: o.rank for o in assessment.proposal.options if o.therapy.id in wanted}
    if len(ranks) < len(wanted) or None in ranks.values() or len(set(ranks.values())) > 1:
        yield f"the ranks of {', '.join(wanted)} are {ranks}, not one"


def _step(therapy: str, wanted: Node, assessment: Assessment) -> Iterable[str]:
    option = judged(therapy, assessment)
    found = str(option.step).lower() if isinstance(option, Option) else "no option"
    yield from same(f"the step of {therapy}", found, words(wanted))


def _until(therapy: str, wanted: Node, assessment: Assessment) -> Iterable[str]:
    option = judged(therapy, assessment)
    reasons = (
        (*option.excluded_by, *option.deferred_by, *option.cautions) if isinstance(option, Option) else ()
    )
    found = {reason.until.isoformat() for reason in reasons if reason.until is not None}
    if not found & set(words(wanted)):
        yield f"{therapy} can be looked at again on {sorted(found)}, not on {' or '.join(words(wanted))}"


# -- beside the options -------------------------------------------------------------------------


def _alerts(wanted: list[str], assessment: Assessment) -> Iterable[str]:
    shown = {alert.id for alert in assessment.proposal.alerts}
    yield from (f"alert {n} is missing (shown: {sorted(shown)})" for n in wanted if n not in shown)


def _no_alerts(wanted: list[str], assessment: Assessment) -> Iterable[str]:
    shown = {alert.id for alert in assessment.proposal.alerts}
    yield from (f"alert {name} is shown" for name in wanted if name in shown)


def _outcomes(wanted: list[str], assessment: Assessment) -> Iterable[str]:
    shown = {outcome.reason.rule.id for outcome in assessment.proposal.outcomes}
    yield from (f"outcome {n} is missing (shown: {sorted(shown)})" for n in wanted if n not in shown)


def _no_outcomes(wanted: list[str], assessment: Assessment) -> Iterable[str]:
    shown = {outcome.reason.rule.id for outcome in assessment.proposal.outcomes}
    yield from (f"outcome {name} is shown" for name in wanted if name in shown)


def _disputes(therapy: str, assessment: Assessment) -> set[str]:
    option = judged(therapy, assessment)
    return {rule.id for rule in option.disagreements} if isinstance(option, Option) else set()


def _disputed(therapy: str, wanted: Node, assessment: Assessment) -> Iterable[str]:
    shown = _disputes(therapy, assessment)
    yield from (f"{therapy} does not show {name}" for name in words(wanted) if name not in shown)


def _not_disputed(therapy: str, wanted: Node, assessment: Assessment) -> Iterable[str]:
    shown = _disputes(therapy, assessment)
    yield from (f"{therapy} shows {name}" for name in words(wanted) if name in shown)


def _asks(wanted: list[str], assessment: Assessment) -> Iterable[str]:
    asked = _asked(assessment)
    yield from (f"{name} is not asked for" for name in wanted if name not in asked)


def _no_asks(wanted: list[str], assessment: Assessment) -> Iterable[str]:
    asked = _asked(assessment)
    yield from (f"{name} is asked for" for name in wanted if name in asked)


def _asked(assessment: Assessment) -> set[str]:
    asked = {question.fact for question in assessment.proposal.questions}
    return asked | {field for finding in assessment.findings for field in finding.missing}


def _scope(wanted: list[str], assessment: Assessment) -> Iterable[str]:
    yield from same("scope", str(assessment.proposal.scope), wanted)


def _reached_step(wanted: list[str], assessment: Assessment) -> Iterable[str]:
    ladder = assessment.proposal.ladder
    yield from same("reached_step", "none" if ladder is None else str(ladder.reached_step), wanted)


_OF_LISTS = {
    "because": _because, "order": _order, "equal": _equal, "alerts": _alerts, "no_alerts": _no_alerts,
    "outcomes": _outcomes, "no_outcomes": _no_outcomes,
    "asks": _asks, "no_asks": _no_asks, "scope": _scope, "reached_step": _reached_step,
}  # fmt: skip
_SHAPES = {True: "a set of `key: value`", False: "a word or a list of words"}
_OF_EACH = {
    "step": _step, "until": _until, "says": says, "never_says": never_says, "shows": shows, "do": do,
    "do_not": do_not, "findings": findings, "lines": lines, "doses": doses, "improvement": improvement,
    "disputed": _disputed, "not_disputed": _not_disputed,
}  # fmt: skip
