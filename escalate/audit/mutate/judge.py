"""The fate of one mutant: what notices it first, from the cheapest look to the dearest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from escalate.audit.mutate.expected import Expected
from escalate.audit.mutate.full import Cases, Values
from escalate.audit.mutate.mutants import Mutant
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
    nobody; `witness` names the case."""

    by: str
    witness: str = ""


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
        self._settled, self._stated, self._cases, self._expected = settled, stated, cases, expected
        self._vignettes = (1 << len(cases.cases)) - 1
        self._check, self._most = check, most
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
        turned = self._settled.under(mutant.rules)
        stated = self._stated.under(mutant.rules)
        changed = self._changed(mutant, turned)
        found = self._by_verdict(changed) or self._by_alert(turned) or self._by_alert(stated)
        if found:
            return Fate("vignette", found)
        mutated = self.mutated(mutant)
        if found := self._by_assessment(mutant, mutated, turned):
            return Fate("vignette", found)
        if self._check is not None and self._check(mutated, mutant):
            return Fate("check")
        return Fate("cohort") if self._moves_cohort(changed, turned, stated) else Fate("")

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
                turned.rules.get(rule.key)
                or self._settled.rules.get(rule.key)
                or self._stated.rules[rule.key]
            )

        listed = self.library.therapies[therapy].listed
        return dict(verdicts(therapy, rules, value, self._settled.all, listed=listed))

    def _by_verdict(self, changed: dict[str, dict[Verdict, int]]) -> str:
        for therapy, now in changed.items():
            accepts = self._expected.accepts.get(therapy, {})
            before = self._verdicts[therapy]
            asked = self._expected.expects.get(therapy, 0) & self._iim & self._vignettes
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
            world = self._settled if key in self._settled.rules else self._stated
            before = world.rules[key].true
            lost = before & ~plane.true & self._expected.shown.get(rule.id, 0)
            gained = plane.true & ~before & self._expected.hidden.get(rule.id, 0)
            if failing := (lost | gained) & self._vignettes:
                return self._name(failing)
        return ""

    def _moves_cohort(self, changed: dict[str, dict[Verdict, int]], turned: Turned, stated: Turned) -> bool:
        cohort = self._settled.all & ~self._vignettes
        for therapy, now in changed.items():
            if any((now[v] ^ who) & cohort for v, who in self._verdicts[therapy].items()):
                return True
        for world, after in ((self._settled, turned), (self._stated, stated)):
            for key, plane in after.rules.items():
                if self._by_key[key].kind == "alert" and (plane.true ^ world.rules[key].true) & cohort:
                    return True
        return False

    # -- one case after another

    def _by_assessment(self, mutant: Mutant, mutated: Library, turned: Turned) -> str:
        if mutant.what in _UNSEEN:
            return ""
        for place in self._worth_a_look(mutant, turned):
            if self._cases.newly_failing(place, mutated, self._values(place, turned), self._shipped(place)):
                return self._cases.cases[place].name
        return ""

    def _worth_a_look(self, mutant: Mutant, turned: Turned) -> list[int]:
        """The cases that the change reaches and that expect something of what it touches, best first."""
        rules = {self._by_key[key].id for key in turned.rules}
        therapies = {t for key in (*turned.rules, *mutant.rules) for t in speaks(self._by_key[key])[1]}
        if mutant.therapy is not None:
            reached, therapies = self._vignettes, {mutant.therapy.id}
        else:
            planes = [(plane, self._settled.rules.get(key)) for key, plane in turned.rules.items()]
            reached = _any(plane.changed(before) for plane, before in planes if before is not None)
            own = [p for key in mutant.rules if (p := self._settled.rules.get(key)) is not None]
            if not turned.rules:  # only what the rule says is another
                reached = _any(self._settled.all & ~plane.false for plane in own)
        scored = []
        for place in _bits(reached & self._vignettes):
            named = self._expected.named[place]
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
        return [place for _, place in sorted(scored)[: self._most]]

    def _values(self, place: int, turned: Turned) -> Values:
        world = self._settled
        return (
            {key: (turned.rules.get(key) or plane).of(place) for key, plane in world.rules.items()},
            {name: (turned.heads.get(name) or plane).of(place) for name, plane in world.heads.items()},
        )

    def _shipped(self, place: int) -> Callable[[], Values]:
        return lambda: self._values(place, Turned())

    def mutated(self, mutant: Mutant) -> Library:
        """The library with this one change."""
        rules = tuple(
            now for rule in self.library.rules if (now := mutant.rules.get(rule.key, rule)) is not None
        )
        therapies = self.library.therapies
        if mutant.therapy is not None:
            therapies = {**therapies, mutant.therapy.id: mutant.therapy}
        return replace(self.library, rules=rules, therapies=therapies)

    def _name(self, failing: int) -> str:
        return self._cases.cases[(failing & -failing).bit_length() - 1].name


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
