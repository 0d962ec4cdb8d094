"""What a vignette may expect of an assessment, and whether it holds.

Verdicts:
- `THERAPY: WORD` or a list of words: a verdict, or `open`, `not_open`, `closed`, `listed` (an option that is
  not closed), `not_looked_at` (outside the ladder most therapies are not)
- `because: [rule ids]`: all of them speak for some therapy
- `order: [therapies]`: in `options`, in this order; `equal: [therapies]`: open, and of one rank
- `step: {therapy: number}`: the step at which it stands
- `until: {therapy: date}`: the first day on which one of its reasons ends by itself

Texts, as parts of them in any spelling of capitals:
- `says: {therapy: [texts]}`: beside the option (reasons, notes, cautions, dose, status as `eu off_label`)
- `never_says: {therapy: [texts]}`
- `do: {alert: [texts]}`, `do_not: {alert: [texts]}`

Beside the options:
- `alerts: [ids]`, `no_alerts: [ids]`
- `asks: [fields]`
- `findings: {name: value}`; a graded one also as `C2..C3`, the levels between which it lies
- `lines: {therapy: counts_as}`, `scope`, `reached_step`
- `doses: {therapy: {step: MG mg, VIALS x VIAL mg}}`: the first published regimen at the patient's weight
- `improvement: {score, category, partial, maximum, missing}`: the Total Improvement Score from
  `activity.baseline` to now; `score: none` where it is not computable
- `refused: [problem codes]`, alone: the file must not be read
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from itertools import pairwise

from escalate.assessment import Assessment
from escalate.audit.vignettes import Case
from escalate.findings.find import Finding
from escalate.language.names import plain
from escalate.nodes import Mapping, Node, Scalar
from escalate.nodes import Sequence as SequenceNode
from escalate.options.model import NotIndicated, Option
from escalate.options.verdict import Verdict
from escalate.patient.core_set import BASELINE, limits_of, visit_of
from escalate.patient.improvement import Improvement, total_improvement_score
from escalate.patient.improvement_criteria import criteria_of
from escalate.plan.regimen import planned_doses
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
        wanted = set(_words(refused))
        return [f"refused for {code}: not found among {', '.join(sorted(found))}" for code in wanted - found]
    if refused is not None:
        return ["the patient was read, and should be refused"]
    return [line for subject, value in expected.items() for line in _check(subject, value, assessment)]


def _check(subject: str, value: Node, assessment: Assessment) -> Iterable[str]:
    if subject in _OF_EACH:
        if not isinstance(value, Mapping):
            return [f"`{subject}` is a set of `key: value`"]
        check = _OF_EACH[subject]
        return [line for key, wanted in value.entries for line in check(key.text, wanted, assessment)]
    if not (wanted := _words(value)):
        return [f"`{subject}` is a word or a list of words"]
    if subject in _OF_LISTS:
        return _OF_LISTS[subject](wanted, assessment)
    return _verdict(subject, wanted, assessment)


# -- options ------------------------------------------------------------------------------------


def _verdict(therapy: str, wanted: list[str], assessment: Assessment) -> Iterable[str]:
    option = _judged(therapy, assessment)
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


def _judged(therapy: str, assessment: Assessment) -> Option | NotIndicated | None:
    judged: tuple[Option | NotIndicated, ...] = (
        *assessment.proposal.options, *assessment.proposal.not_indicated,
    )  # fmt: skip
    return next((option for option in judged if option.therapy.id == therapy), None)


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
    option = _judged(therapy, assessment)
    found = str(option.step).lower() if isinstance(option, Option) else "no option"
    yield from _same(f"the step of {therapy}", found, _words(wanted))


def _until(therapy: str, wanted: Node, assessment: Assessment) -> Iterable[str]:
    option = _judged(therapy, assessment)
    reasons = (
        (*option.excluded_by, *option.deferred_by, *option.cautions) if isinstance(option, Option) else ()
    )
    found = {reason.until.isoformat() for reason in reasons if reason.until is not None}
    if not found & set(_words(wanted)):
        yield f"{therapy} can be looked at again on {sorted(found)}, not on {' or '.join(_words(wanted))}"


def _says(therapy: str, wanted: Node, assessment: Assessment) -> Iterable[str]:
    text = _text_of(therapy, assessment)
    yield from (f"{therapy} does not say `{part}`" for part in _words(wanted) if _folded(part) not in text)


def _never_says(therapy: str, wanted: Node, assessment: Assessment) -> Iterable[str]:
    text = _text_of(therapy, assessment)
    yield from (f"{therapy} says `{part}`" for part in _words(wanted) if _folded(part) in text)


def _text_of(therapy: str, assessment: Assessment) -> str:
    """Everything that a full report prints beside one option."""
    option = _judged(therapy, assessment)
    if option is None:
        return ""
    if isinstance(option, NotIndicated):
        return _folded(" | ".join(option.because))
    texts = [*option.notes, option.therapy.dose, *option.therapy.headline, *option.therapy.warnings]
    texts += [line for side in option.therapy.for_and_against.values() for line in side]
    texts += [*option.therapy.work_up, *option.therapy.monitoring, *option.therapy.prophylaxis]
    texts += [f"{place} {word}" for place, word in assessment.status(option).items()]
    speaking = (*option.indicated_by, *option.excluded_by, *option.deferred_by, *option.cautions)
    for reason in (*speaking, *option.against, *option.unsettled):
        texts += [reason.rule.title, reason.rule.advise, reason.rule.because, *reason.because]
    return _folded(" | ".join(texts))


def _doses(therapy: str, wanted: Node, assessment: Assessment) -> Iterable[str]:
    weight = assessment.reasons.facts["demographics.weight_kg"].value
    regimens = assessment.library.therapies[therapy].regimens
    planned = planned_doses(regimens[0], weight) if regimens and isinstance(weight, Decimal) else ()
    doses = {p.name: f"{plain(p.mg)} mg, {p.vials} x {plain(p.vial_mg)} mg" for p in planned}
    for key, dose in wanted.entries if isinstance(wanted, Mapping) else ():
        yield from _same(f"{key.text} of {therapy}", doses.get(key.text, "not planned"), _words(dose))


# -- beside the options -------------------------------------------------------------------------


def _alerts(wanted: list[str], assessment: Assessment) -> Iterable[str]:
    shown = {alert.id for alert in assessment.proposal.alerts}
    yield from (f"alert {n} is missing (shown: {sorted(shown)})" for n in wanted if n not in shown)


def _no_alerts(wanted: list[str], assessment: Assessment) -> Iterable[str]:
    shown = {alert.id for alert in assessment.proposal.alerts}
    yield from (f"alert {name} is shown" for name in wanted if name in shown)


def _do(alert: str, wanted: Node, assessment: Assessment) -> Iterable[str]:
    lines = [line for a in assessment.proposal.alerts if a.id == alert for line in a.do]
    yield from _in(f"alert {alert} does not call for", lines, _words(wanted))


def _do_not(alert: str, wanted: Node, assessment: Assessment) -> Iterable[str]:
    lines = [line for a in assessment.proposal.alerts if a.id == alert for line in a.do_not]
    yield from _in(f"alert {alert} does not warn of", lines, _words(wanted))


def _asks(wanted: list[str], assessment: Assessment) -> Iterable[str]:
    asked = {question.fact for question in assessment.proposal.questions}
    asked |= {field for finding in assessment.findings for field in finding.missing}
    yield from (f"{name} is not asked for" for name in wanted if name not in asked)


def _findings(name: str, wanted: Node, assessment: Assessment) -> Iterable[str]:
    found = next((finding for finding in assessment.findings if finding.name == name), None)
    values = ("not shown",) if found is None else (found.value, _range(found))
    if not set(values) & set(_words(wanted)):
        yield f"{name} is {values[-1] if values[0] == 'unknown' else values[0]}, not {_or(wanted)}"


def _range(found: Finding) -> str:
    return f"{found.at_least}..{found.at_most}" if found.at_least else found.value


def _lines(therapy: str, wanted: Node, assessment: Assessment) -> Iterable[str]:
    counted = [line.counts_as for line in assessment.lines or () if line.therapy == therapy]
    yield from (f"{therapy} counts as {counted}, not {w}" for w in _words(wanted) if w not in counted)


def _scope(wanted: list[str], assessment: Assessment) -> Iterable[str]:
    yield from _same("scope", str(assessment.proposal.scope), wanted)


def _reached_step(wanted: list[str], assessment: Assessment) -> Iterable[str]:
    ladder = assessment.proposal.ladder
    yield from _same("reached_step", "none" if ladder is None else str(ladder.reached_step), wanted)


def _improvement(name: str, wanted: Node, assessment: Assessment) -> Iterable[str]:
    score = _scored(assessment)
    found = {
        "score": ["none" if score.total is None else plain(score.total)],
        "category": [score.category or "none"],
        "partial": [plain(score.points)],
        "maximum": [plain(score.maximum)],
        "missing": [missing.measure.name for missing in score.missing],
    }
    if name not in found or sorted(found[name]) != sorted(_words(wanted)):
        yield f"improvement: {name} is {found.get(name, 'no part of the score')}, not {_words(wanted)}"


def _scored(assessment: Assessment) -> Improvement:
    patient, shown = assessment.patient, assessment.proposal.alerts
    blanked = frozenset(field for alert in shown for field in alert.makes_unknown)
    criteria = criteria_of(assessment.library)
    before, after = (visit_of(patient, group, criteria, blanked) for group in (BASELINE, ""))
    return total_improvement_score(before, after, limits_of(patient, criteria, blanked), criteria)


# -- words --------------------------------------------------------------------------------------


def _same(subject: str, found: str, wanted: list[str]) -> Iterable[str]:
    if found not in wanted:
        yield f"{subject} is {found}, not {' or '.join(wanted)}"


def _in(subject: str, lines: Sequence[str], wanted: list[str]) -> Iterable[str]:
    text = _folded(" | ".join(lines))
    yield from (f"{subject} `{part}`" for part in wanted if _folded(part) not in text)


def _folded(text: str) -> str:
    return " ".join(text.lower().split())


def _or(value: Node) -> str:
    return " or ".join(_words(value))


def _words(value: Node | None) -> list[str]:
    if isinstance(value, SequenceNode):
        return [item.text for item in value.items if isinstance(item, Scalar)]
    return [value.text] if isinstance(value, Scalar) else []


_OF_LISTS = {
    "because": _because, "order": _order, "equal": _equal, "alerts": _alerts, "no_alerts": _no_alerts,
    "asks": _asks, "scope": _scope, "reached_step": _reached_step,
}  # fmt: skip
_OF_EACH = {
    "step": _step, "until": _until, "says": _says, "never_says": _never_says, "doses": _doses, "do": _do,
    "do_not": _do_not, "findings": _findings, "lines": _lines, "improvement": _improvement,
}  # fmt: skip
