"""The whole comparison: rules, proofs, the other knowledge, exposure, and patients."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from escalate.audit.diff.category import Category
from escalate.audit.diff.difference import Difference, Edition
from escalate.audit.diff.entries import Documents, entry_changes, rule_translations
from escalate.audit.diff.exposure import exposure_changes
from escalate.audit.diff.meaning import Verified, says_the_same, verified
from escalate.audit.diff.model import (
    UNPROVED,
    EntryChange,
    Meaning,
    RuleChange,
    Tally,
    TherapyChange,
)
from escalate.audit.diff.pairs import RulePair, changed_pairs
from escalate.audit.diff.prove import Both
from escalate.audit.diff.samples import Collected, Judge
from escalate.audit.diff.say import CATEGORIES
from escalate.audit.diff.therapies import therapy_changes, touched_therapies
from escalate.audit.diff.witness import Assess, Shower
from escalate.audit.diff.wording import rule_fields
from escalate.audit.verify.prover import TIMEOUT_MS
from escalate.audit.verify.rail import both
from escalate.library.model import Library
from escalate.library.statements import Statements
from escalate.texts import _

# What a proof takes as given: where one of these changes, it does not say what becomes of a patient.
_UNDER_THE_PROOF = (*UNPROVED, Category.NAMES)


@dataclass(frozen=True, slots=True)
class Side:
    """One knowledge base: where it came from, its library, and its documents that differ from the other's
    (all of them do no harm)."""

    place: str
    library: Library
    documents: Documents = field(default_factory=dict)
    statements: Statements = field(default_factory=Statements)


def compare(
    old: Side,
    new: Side,
    patients: Iterable[Collected] = (),
    assess: Assess | None = None,
    *,
    step: Callable[[str], None] | None = None,
    timeout_ms: int = TIMEOUT_MS,
) -> Difference:
    """What changed from `old` to `new`, and for whom.

    Args: patients, to look at one by one; assess, for witnesses as files; step, told what is done now;
          timeout_ms, for one question to the solver; past it a therapy is not proved.
    """
    tell = step or (lambda _name: None)
    pairs = changed_pairs(old.library, new.library)
    entries = entry_changes(old.documents, new.documents)
    tell(_("rules of old and new over all patients"))
    proof = _Proof(old, new, pairs, timeout_ms, assess) if _may_matter(pairs, entries) else None
    rules = tuple(_rule_change(pair, old, new, proof, tell) for pair in pairs)
    therapies = proof.therapies(rules) if proof is not None else ()
    under = sorted({f.category for e in entries for f in e.fields if f.category in _UNDER_THE_PROOF})
    return Difference(
        old=_edition(old),
        new=_edition(new),
        rules=rules,
        therapies=therapies,
        entries=entries,
        exposures=exposure_changes(old.library, new.library),
        tallies=_tallies(old, new, pairs, therapies, entries, patients, tell),
        compared=len({r.id for r in old.library.rules} & {r.id for r in new.library.rules}),
        assumptions=tuple(a.about.id for a in proof.both.assumed) if proof is not None else (),
        notes=(_under_the_proof(under),) if under else (),
    )


class _Proof:
    """Everything that the solver is asked."""

    def __init__(
        self, old: Side, new: Side, pairs: tuple[RulePair, ...], timeout_ms: int, assess: Assess | None
    ) -> None:
        # A change must not hide behind an assumption that it brings along.
        statements = old.statements if old.statements.assumptions else new.statements
        self.both = Both(old.library, new.library, statements, timeout_ms)
        self.shower = Shower(self.both, assess)
        self.touched = touched_therapies(self.both)
        self.reaches: dict[str, tuple[str, ...]] = {}
        self._same = {pair.id: says_the_same(pair, self.both) for pair in pairs}

    def of(self, pair: RulePair) -> Verified:
        others = both(same for id, same in self._same.items() if id != pair.id)
        found = verified(pair, self.both, self.shower, self.touched, others)
        self.reaches[pair.id] = found.reaches
        return found

    def therapies(self, rules: tuple[RuleChange, ...]) -> tuple[TherapyChange, ...]:
        return therapy_changes(self.both, self.shower, self.touched, self.reaches, rules)


def _rule_change(
    pair: RulePair, old: Side, new: Side, proof: _Proof | None, tell: Callable[[str], None]
) -> RuleChange:
    tell(pair.id)
    rule = (pair.new or pair.old)[0]
    german = rule_translations(old.documents), rule_translations(new.documents)
    fields = rule_fields(pair, old.library, new.library, german)
    found = proof.of(pair) if proof is not None else Verified(Meaning.EQUAL)
    return RuleChange(
        id=pair.id,
        title=rule.title,
        what=pair.what,
        kind=rule.kind,
        at=rule.at,
        fields=fields,
        meaning=found.meaning,
        was=pair.was if pair.what == "renamed" else "",
        shown=found.shown,
        emergency=any(one.alert == "emergency" and one.status == "active" for one in pair.old),
    )


def _may_matter(pairs: tuple[RulePair, ...], entries: tuple[EntryChange, ...]) -> bool:
    """Whether there is anything to prove: an edited rule, or an entry that rules or their gates rest on."""
    return bool(pairs) or any(
        field.category in (Category.FIELD, Category.ROLE, Category.NAMES)
        for entry in entries
        for field in entry.fields
    )


def _tallies(
    old: Side,
    new: Side,
    pairs: tuple[RulePair, ...],
    therapies: tuple[TherapyChange, ...],
    entries: tuple[EntryChange, ...],
    patients: Iterable[Collected],
    tell: Callable[[str], None],
) -> tuple[Tally, ...]:
    rules_alone = not any(
        # A patient file has no codes of records: nobody who is looked at changes by them.
        field.category in _UNDER_THE_PROOF and field.category is not Category.CODES
        for entry in entries
        for field in entry.fields
    )
    names: Mapping[str, object] = {**old.library.therapies, **new.library.therapies}
    looked_at = [t.id for t in therapies] if rules_alone else list(names)
    judge = Judge(old.library, new.library, looked_at, pairs, rules_alone=rules_alone)
    found = []
    for collected in patients:
        tell(collected.source)
        tally = judge.tally(collected)
        if tally.read or tally.not_read:
            found.append(tally)
    return tuple(found)


def _under_the_proof(categories: Sequence[Category]) -> str:
    return _(
        "The proofs take derived facts and fields as they are given. Changed below them: {what}. What that "
        "does is shown by the patients looked at, not proved."
    ).format(what=", ".join(_(CATEGORIES[category]) for category in categories))


def _edition(side: Side) -> Edition:
    return Edition(side.place, side.library.version, side.library.digest)
