"""The fate of one mutant: what notices it first, from the cheapest look to the dearest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from escalate.audit.mutate.expected import Expected
from escalate.audit.mutate.full import Cases, Values
from escalate.audit.mutate.mutants import Mutant, with_ground
from escalate.audit.mutate.planes import Plane, some
from escalate.audit.mutate.verdicts import speaking, speaks, verdicts
from escalate.audit.mutate.world import Turned, World
from escalate.library.model import Library, Rule
from escalate.options.verdict import Verdict

# No vignette can read them off an assessment, so none is run.
_UNSEEN = ("basis", "evidence", "reversible")
# Under which word of a vignette such a change can be seen at all.
_READ_UNDER = dict.fromkeys(("order", "step"), ("order", "equal", "step")) | {
    word: (word,) for word in ("do", "do_not")
}

Check = Callable[[Library, Mutant], frozenset[str]]
"""What is wrong with a mutated library that is not wrong with the shipped one."""


@dataclass(frozen=True, slots=True)
class Fate:
    """`by` is load, check, proof, vignette or cohort, empty for a survivor, `equal` for one that changes
    nobody, `opens_nothing` for one that opens nothing to anybody; `witness` names the case; `turned` the
    facts of the rules that had another value for some case."""

    by: str
    witness: str = ""
    turned: frozenset[str] = frozenset()


class Judge:
    """All that can notice a mutant but the proofs.

    Args: settled and stated, the rules after and before contradictions (the latter holds the contradictions);
          cases, of the first bits, the patients of a cohort stand behind them; check, what is wrong with a
          mutated library, None to leave it out; most, whole assessments per mutant.
    """

    def __init__(
        self,
        settled: World,
        stated: World,
        cases: Cases,
        expected: Expected,
        check: Check | None,
        most: int = 20,
    ) -> None:
        self.library = settled.library
        self.settled, self.stated, self.cases, self.expected = settled, stated, cases, expected
        self.vignettes = (1 << len(cases.cases)) - 1
        self._check, self.most = check, most
        self._speaking = speaking(self.library)
        self._by_key = {rule.key: rule for rule in self.library.rules}
        scopes = [
            settled.rules[r.key] for r in self.library.rules if r.alert == "scope" and r.key in settled.rules
        ]
        self._iim = settled.all & ~some(scopes, settled.all).true
        self._verdicts = {therapy: self._verdicts_on(therapy, {}, Turned()) for therapy in self._speaking}

    def fate(self, mutant: Mutant) -> Fate:
        """What notices this mutant."""
        if mutant.beyond:
            return Fate("load")
        turned = self.settled.under(mutant.rules)
        stated = self.stated.under(mutant.rules)
        if found := self.noticed(mutant, turned, stated):
            return Fate("vignette", found)
        mutated = self.mutated(mutant)
        if found := self._by_assessment(mutant, mutated, turned):
            return Fate("vignette", found)
        return self.otherwise(mutant, mutated, turned, stated)

    def noticed(self, mutant: Mutant, turned: Turned, stated: Turned) -> str:
        """The first vignette that expects another verdict or alert."""
        changed = self._changed(mutant, turned)
        return self._by_verdict(changed) or self._by_alert(turned) or self._by_alert(stated)

    def otherwise(self, mutant: Mutant, mutated: Library, turned: Turned, stated: Turned) -> Fate:
        """What notices a mutant that no vignette does."""
        if self._check is not None and self._check(mutated, mutant):
            return Fate("check")
        return (
            Fate("cohort") if self._moves_cohort(self._changed(mutant, turned), turned, stated) else Fate("")
        )

    # -- verdicts and alerts of all cases at once

    def _changed(self, mutant: Mutant, turned: Turned) -> dict[str, dict[Verdict, int]]:
        """The verdicts on each therapy that the change reaches."""
        reached = {t for key in turned.rules for t in speaks(self._by_key[key])[1] if self._speaks(key)}
        for key, rule in mutant.rules.items():
            if self._speaks(key):
                reached |= {*speaks(self._by_key[key])[1], *(speaks(rule)[1] if rule is not None else ())}
        return {t: self._verdicts_on(t, mutant.rules, turned) for t in sorted(reached)}

    def _speaks(self, key: str) -> bool:
        return self._by_key[key].kind != "finding"

    def _verdicts_on(
        self, therapy: str, replaced: Mapping[str, Rule | None], turned: Turned
    ) -> dict[Verdict, int]:
        rules = []
        for kind, rule in self._speaking[therapy]:
            if rule.key not in replaced:
                rules.append((kind, rule))
            elif (now := replaced[rule.key]) is not None and therapy in speaks(now)[1]:
                rules.append((speaks(now)[0], now))

        def value(rule: Rule) -> Plane:
            return (
                turned.rules.get(rule.key) or self.settled.rules.get(rule.key) or self.stated.rules[rule.key]
            )

        listed = self.library.therapies[therapy].listed
        return dict(verdicts(therapy, rules, value, self.settled.all, listed=listed))

    def _by_verdict(self, changed: dict[str, dict[Verdict, int]]) -> str:
        for therapy, now in changed.items():
            accepts = self.expected.accepts.get(therapy, {})
            before = self._verdicts[therapy]
            asked = self.expected.expects.get(therapy, 0) & self._iim & self.vignettes
            held = _any(who & accepts.get(verdict, 0) for verdict, who in before.items())
            holds = _any(who & accepts.get(verdict, 0) for verdict, who in now.items())
            if failing := asked & held & ~holds:
                return self._name(failing)
        return ""

    def _by_alert(self, turned: Turned) -> str:
        for key, plane in turned.rules.items():
            rule = self._by_key[key]
            if rule.kind != "alert":
                continue
            world = self.settled if key in self.settled.rules else self.stated
            before = world.rules[key].true
            lost = before & ~plane.true & self.expected.shown.get(rule.id, 0)
            gained = plane.true & ~before & self.expected.hidden.get(rule.id, 0)
            if failing := (lost | gained) & self.vignettes:
                return self._name(failing)
        return ""

    def _moves_cohort(self, changed: dict[str, dict[Verdict, int]], turned: Turned, stated: Turned) -> bool:
        cohort = self.settled.all & ~self.vignettes
        for therapy, now in changed.items():
            if any((now[v] ^ who) & cohort for v, who in self._verdicts[therapy].items()):
                return True
        for world, after in ((self.settled, turned), (self.stated, stated)):
            for key, plane in after.rules.items():
                if self._by_key[key].kind == "alert" and (plane.true ^ world.rules[key].true) & cohort:
                    return True
        return False

    # -- one case after another

    def _by_assessment(self, mutant: Mutant, mutated: Library, turned: Turned) -> str:
        if mutant.what in _UNSEEN:
            return ""
        for place in self._worth_a_look(mutant, turned):
            if self.cases.newly_failing(place, mutated, self.values(place, turned), self.shipped(place)):
                return self.cases.cases[place].name
        return ""

    def _worth_a_look(self, mutant: Mutant, turned: Turned) -> list[int]:
        """The cases that the change reaches and that expect something of what it touches, best first."""
        rules = {self._by_key[key].id for key in turned.rules}
        therapies = {t for key in (*turned.rules, *mutant.rules) for t in speaks(self._by_key[key])[1]}
        if mutant.therapy is not None:
            reached, therapies = self.vignettes, {mutant.therapy.id}
        else:
            planes = [(plane, self.settled.rules.get(key)) for key, plane in turned.rules.items()]
            reached = _any(plane.changed(before) for plane, before in planes if before is not None)
            own = [p for key in mutant.rules if (p := self.settled.rules.get(key)) is not None]
            if not turned.rules:  # only what the rule says is another
                reached = _any(self.settled.all & ~plane.false for plane in own)
        scored = []
        for place in _bits(reached & self.vignettes):
            named = self.expected.named[place]
            if not named.intersection(_READ_UNDER.get(mutant.what, named)):
                score = 9
            elif mutant.therapy is not None:
                score = 0 if "doses" in named and mutant.therapy.id in named else 9
            elif mutant.rule in named:
                score = 0
            elif named & turned.findings:
                score = 1
            elif named & rules:
                score = 2
            else:
                score = 3 if named & therapies else 9
            if score < 9:
                scored.append((score, place))
        return [place for _, place in sorted(scored)[: self.most]]

    def spoken(self, turned: Turned) -> set[str]:
        """The words by which a vignette can name what is turned: rules, findings, therapies."""
        rules = {self._by_key[key].id for key in turned.rules}
        return rules | turned.findings | {t for key in turned.rules for t in speaks(self._by_key[key])[1]}

    def values(self, place: int, turned: Turned) -> Values:
        """Every rule and finding of one case."""
        world = self.settled
        return (
            {key: (turned.rules.get(key) or plane).of(place) for key, plane in world.rules.items()},
            {name: (turned.heads.get(name) or plane).of(place) for name, plane in world.heads.items()},
        )

    def shipped(self, place: int) -> Callable[[], Values]:
        """The same under the shipped rules, where it is asked for."""
        return lambda: self.values(place, Turned())

    def mutated(self, mutant: Mutant) -> Library:
        """The library with this one change."""
        rules = tuple(
            now for rule in self.library.rules if (now := mutant.rules.get(rule.key, rule)) is not None
        )
        therapies = self.library.therapies
        if mutant.therapy is not None:
            therapies = {**therapies, mutant.therapy.id: mutant.therapy}
        mutated = replace(self.library, rules=rules, therapies=therapies)
        return mutated if mutant.under is None else with_ground(mutated, mutant.under)

    def _name(self, failing: int) -> str:
        return self.cases.cases[(failing & -failing).bit_length() - 1].name


def _any(masks: Iterable[int]) -> int:
    whole = 0
    for mask in masks:
        whole |= mask
    return whole


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
