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
from escalate.audit.expected_values import doses, findings, improvement, lines
from escalate.audit.unmet import Unmet, different, same
from escalate.audit.vignettes import Case
from escalate.nodes import Mapping, Node
from escalate.options.model import Option
from escalate.options.verdict import Verdict
from escalate.problems import PatientRefused
from escalate.texts import N_, speaking

Assess = Callable[[Mapping], Assessment]

_A_SET = N_("{what} is a set of `key: value`")
_A_WORD = N_("{what} is a word or a list of words")
_CLOSED = (Verdict.EXCLUDED, Verdict.DEFERRED)


def failures(case: Case, assess: Assess) -> list[str]:
    """What does not hold, each as one sentence; empty when the case holds."""
    with speaking("en"):  # the language of the texts that vignettes expect
        found = _failures(case, assess)
    return [str(one) for one in found]


def _failures(case: Case, assess: Assess) -> list[Unmet]:
    expected = {key.text: value for key, value in case.expect.entries}
    refused = expected.pop("refused", None)
    try:
        assessment = assess(case.patient)
    except PatientRefused as refusal:
        found = {problem.code for problem in refusal.problems}
        if refused is None:
            return [Unmet(N_("the patient was refused: {codes}"), codes=", ".join(sorted(found)))]
        wanted = set(words(refused))
        refused_for = N_("refused for {code}: not found among {codes}")
        codes = ", ".join(sorted(found))
        return [Unmet(refused_for, code=code, codes=codes) for code in wanted - found]
    if refused is not None:
        return [Unmet(N_("the patient was read, and should be refused"))]
    return [line for subject, value in expected.items() for line in _check(subject, value, assessment)]


def _check(subject: str, value: Node, assessment: Assessment) -> Iterable[Unmet]:
    if subject in _OF_EACH:
        if not isinstance(value, Mapping):
            return [Unmet(_A_SET, what=f"`{subject}`")]
        check = _OF_EACH[subject]
        for key, stated in value.entries:
            if isinstance(stated, Mapping) is not (subject == "doses"):
                return [Unmet(_A_SET if subject == "doses" else _A_WORD, what=f"`{subject}.{key.text}`")]
        return [line for key, stated in value.entries for line in check(key.text, stated, assessment)]
    if not (wanted := words(value)):
        return [Unmet(_A_WORD, what=f"`{subject}`")]
    if subject in _OF_LISTS:
        return _OF_LISTS[subject](wanted, assessment)
    return _verdict(subject, wanted, assessment)


# -- options ------------------------------------------------------------------------------------


def _verdict(therapy: str, wanted: list[str], assessment: Assessment) -> Iterable[Unmet]:
    option = judged(therapy, assessment)
    if option is None and therapy in assessment.library.therapies:
        if "not_looked_at" not in wanted:
            scope = assessment.proposal.scope
            yield Unmet(N_("{therapy} is not looked at in the scope {scope}"), therapy=therapy, scope=scope)
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
        found = f"{word} ({why})" if why else str(word)
        yield from different(therapy, found, wanted)


def _because(wanted: list[str], assessment: Assessment) -> Iterable[Unmet]:
    speaking = {
        reason.rule.id
        for o in assessment.proposal.options
        for reason in (*o.indicated_by, *o.excluded_by, *o.deferred_by, *o.cautions, *o.unsettled)
    }
    speaking |= {rule for entry in assessment.proposal.not_indicated for rule in entry.rules}
    yield from (Unmet(N_("rule {name} does not speak"), name=name) for name in wanted if name not in speaking)


def _order(wanted: list[str], assessment: Assessment) -> Iterable[Unmet]:
    places = {option.therapy.id: place for place, option in enumerate(assessment.proposal.options)}
    yield from (Unmet(N_("{name} is no option"), name=name) for name in wanted if name not in places)
    for first, second in pairwise(wanted):
        if places.get(first, 0) > places.get(second, len(places)):
            yield Unmet(N_("{first} stands behind {second}"), first=first, second=second)


def _equal(wanted: list[str], assessment: Assessment) -> Iterable[Unmet]:
    ranks = {o.therapy.id: o.rank for o in assessment.proposal.options if o.therapy.id in wanted}
    if len(ranks) < len(wanted) or None in ranks.values() or len(set(ranks.values())) > 1:
        yield Unmet(N_("the ranks of {names} are {ranks}, not one"), names=", ".join(wanted), ranks=ranks)


def _step(therapy: str, wanted: Node, assessment: Assessment) -> Iterable[Unmet]:
    option = judged(therapy, assessment)
    found = str(option.step).lower() if isinstance(option, Option) else N_("no option")
    yield from same(N_("the step of {therapy}"), found, words(wanted), therapy=therapy)


def _until(therapy: str, wanted: Node, assessment: Assessment) -> Iterable[Unmet]:
    option = judged(therapy, assessment)
    reasons = (
        (*option.excluded_by, *option.deferred_by, *option.cautions) if isinstance(option, Option) else ()
    )
    found = {reason.until.isoformat() for reason in reasons if reason.until is not None}
    if not found & set(words(wanted)):
        yield Unmet(
            N_("{therapy} can be looked at again on {found}, not on {wanted}"),
            therapy=therapy,
            found=sorted(found),
            wanted=words(wanted),
        )


# -- beside the options -------------------------------------------------------------------------


def _alerts(wanted: list[str], assessment: Assessment) -> Iterable[Unmet]:
    shown = {alert.id for alert in assessment.proposal.alerts}
    yield from (
        Unmet(N_("alert {name} is missing (shown: {shown})"), name=name, shown=sorted(shown))
        for name in wanted
        if name not in shown
    )


def _no_alerts(wanted: list[str], assessment: Assessment) -> Iterable[Unmet]:
    shown = {alert.id for alert in assessment.proposal.alerts}
    yield from (Unmet(N_("alert {name} is shown"), name=name) for name in wanted if name in shown)


def _outcomes(wanted: list[str], assessment: Assessment) -> Iterable[Unmet]:
    shown = {outcome.reason.rule.id for outcome in assessment.proposal.outcomes}
    yield from (
        Unmet(N_("outcome {name} is missing (shown: {shown})"), name=name, shown=sorted(shown))
        for name in wanted
        if name not in shown
    )


def _no_outcomes(wanted: list[str], assessment: Assessment) -> Iterable[Unmet]:
    shown = {outcome.reason.rule.id for outcome in assessment.proposal.outcomes}
    yield from (Unmet(N_("outcome {name} is shown"), name=name) for name in wanted if name in shown)


def _disputes(therapy: str, assessment: Assessment) -> set[str]:
    option = judged(therapy, assessment)
    return {rule.id for rule in option.disagreements} if isinstance(option, Option) else set()


def _disputed(therapy: str, wanted: Node, assessment: Assessment) -> Iterable[Unmet]:
    shown = _disputes(therapy, assessment)
    yield from (
        Unmet(N_("{therapy} does not show {name}"), therapy=therapy, name=name)
        for name in words(wanted)
        if name not in shown
    )


def _not_disputed(therapy: str, wanted: Node, assessment: Assessment) -> Iterable[Unmet]:
    shown = _disputes(therapy, assessment)
    yield from (
        Unmet(N_("{therapy} shows {name}"), therapy=therapy, name=name)
        for name in words(wanted)
        if name in shown
    )


def _asks(wanted: list[str], assessment: Assessment) -> Iterable[Unmet]:
    asked = _asked(assessment)
    yield from (Unmet(N_("{name} is not asked for"), name=name) for name in wanted if name not in asked)


def _no_asks(wanted: list[str], assessment: Assessment) -> Iterable[Unmet]:
    asked = _asked(assessment)
    yield from (Unmet(N_("{name} is asked for"), name=name) for name in wanted if name in asked)


def _asked(assessment: Assessment) -> set[str]:
    asked = {question.fact for question in assessment.proposal.questions}
    return asked | {field for finding in assessment.findings for field in finding.missing}


def _scope(wanted: list[str], assessment: Assessment) -> Iterable[Unmet]:
    yield from same("scope", str(assessment.proposal.scope), wanted)


def _reached_step(wanted: list[str], assessment: Assessment) -> Iterable[Unmet]:
    ladder = assessment.proposal.ladder
    yield from same("reached_step", "none" if ladder is None else str(ladder.reached_step), wanted)


_OF_LISTS = {
    "because": _because, "order": _order, "equal": _equal, "alerts": _alerts, "no_alerts": _no_alerts,
    "outcomes": _outcomes, "no_outcomes": _no_outcomes,
    "asks": _asks, "no_asks": _no_asks, "scope": _scope, "reached_step": _reached_step,
}  # fmt: skip
_OF_EACH = {
    "step": _step, "until": _until, "says": says, "never_says": never_says, "shows": shows, "do": do,
    "do_not": do_not, "findings": findings, "lines": lines, "doses": doses, "improvement": improvement,
    "disputed": _disputed, "not_disputed": _not_disputed,
}  # fmt: skip
