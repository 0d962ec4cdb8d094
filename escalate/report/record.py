"""The verdicts of an assessment with the rules that decide them: what the decision log keeps of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from escalate.assessment import Assessment
from escalate.findings.reasons import Reason
from escalate.options.model import Option
from escalate.options.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Decided:
    """One therapy's verdict, and the ids of the rules it follows from, sorted; None: not recorded."""

    verdict: str
    rules: tuple[str, ...] | None


def verdict_record(assessment: Assessment) -> Mapping[str, Decided]:
    """Every therapy that was looked at, by id, sorted."""
    proposal = assessment.proposal
    record = {o.therapy.id: Decided(str(o.verdict), _ids(deciding(o))) for o in proposal.options}
    for entry in proposal.not_indicated:
        rules = tuple(sorted(set(entry.rules)))
        record[entry.therapy.id] = Decided(str(entry.verdict), rules)
    return dict(sorted(record.items()))


def deciding(option: Option) -> tuple[Reason, ...]:
    """The reasons of the kind that the verdict stands for."""
    match option.verdict:
        case Verdict.EXCLUDED:
            return option.excluded_by
        case Verdict.DEFERRED:
            return option.deferred_by
        case Verdict.DATA_NEEDED:
            return option.unsettled
        case Verdict.CAUTION | Verdict.CAUTION_HIGH:
            return option.cautions
        case _:
            return option.indicated_by


def _ids(reasons: Iterable[Reason]) -> tuple[str, ...]:
    return tuple(sorted({reason.rule.id for reason in reasons}))
