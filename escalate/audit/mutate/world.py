"""The rules over all patients at once, and what of it a mutant turns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from escalate.audit.mutate.patients import on_finding
from escalate.audit.mutate.planes import Plane, every, some, value
from escalate.engine import RuleBase
from escalate.language.evaluate import head_name, tests_of
from escalate.language.tree import AtLevel, Known, Test
from escalate.library.model import Library, Rule
from escalate.library.strata import findings_in

_NONE: Mapping[str, Rule | None] = {}
_SAME: Mapping[Test, Plane] = {}


@dataclass(slots=True)
class Turned:
    """The planes that are not those of the shipped rules: by rule key, and by finding head."""

    rules: dict[str, Plane] = field(default_factory=dict)
    heads: dict[str, Plane] = field(default_factory=dict)
    findings: set[str] = field(default_factory=set)


class World:
    """Some rules with the findings below them, and every patient's value of each.

    For a mutant of a rule, facts stay what they were: whether a conditional test is called for, and what a
    contradiction made unknown, is taken from the shipped rules. What a mutant does only by way of these is
    not seen.
    """

    def __init__(
        self, rules: Iterable[Rule], library: Library, facts: Mapping[Test, Plane], patients: int
    ) -> None:
        self.library, self.facts, self.all = library, facts, (1 << patients) - 1
        self._strata = RuleBase(rules, library).strata
        self._reads = {
            rule.key: frozenset(findings_in(rule.when, library.findings))
            for stratum in self._strata
            for rule in stratum.rules
        }
        self._readers: dict[Test, list[str]] = {}
        self._proving: dict[str, list[Rule]] = {name: [] for name in library.findings}
        for stratum in self._strata:
            for rule in stratum.rules:
                for test in tests_of(rule.when):
                    self._readers.setdefault(test, []).append(rule.key)
                if rule.kind == "finding":
                    self._proving[rule.targets[0]].append(rule)
        self.rules: dict[str, Plane] = {}
        self.heads: dict[str, Plane] = {}
        whole = self._run(_NONE, everything=True)
        self.rules, self.heads = whole.rules, whole.heads

    def under(self, changed: Mapping[str, Rule | None], facts: Mapping[Test, Plane] = _SAME) -> Turned:
        """What is turned where these rules stand (None: are gone) and these tests have another value."""
        return self._run(changed, facts, everything=False)

    def _run(
        self, changed: Mapping[str, Rule | None], facts: Mapping[Test, Plane] = _SAME, *, everything: bool
    ) -> Turned:
        turned = Turned()
        looking = {key for test in facts for key in self._readers.get(test, ())}
        if not everything and not looking and not any(key in self._reads for key in changed):
            return turned

        def look(test: Test) -> Plane:
            if not on_finding(test, self.library):
                return facts.get(test) or self.facts[test]
            if isinstance(test, Known):
                return self._known(test.name, turned)
            name = head_name(test.name, test.level if isinstance(test, AtLevel) else "")
            return turned.heads.get(name) or self.heads[name]

        for stratum in self._strata:
            touched = set()
            for rule in stratum.rules:
                touches = rule.key in changed or rule.key in looking
                if not (everything or touches or self._reads[rule.key] & turned.findings):
                    continue
                now = changed.get(rule.key, rule)
                plane = Plane(0, self.all) if now is None else value(now.when, look, self.all)
                moved = everything or plane != self.rules[rule.key]
                if moved:
                    turned.rules[rule.key] = plane
                if rule.kind == "finding" and (moved or rule.key in changed):
                    touched.add(rule.targets[0])
            heads = {head.name for head in stratum.heads} if everything else None
            for name in touched | ({n for n in self._proving if self._has(n, heads)} if heads else set()):
                self._prove(name, changed, turned, everything)
        return turned

    def _has(self, finding: str, heads: set[str]) -> bool:
        levels = self.library.findings[finding].levels
        return head_name(finding, levels[1] if levels else "") in heads

    def _prove(self, name: str, changed: Mapping[str, Rule | None], turned: Turned, everything: bool) -> None:
        """The heads of one finding; a proof of a level proves every lower one."""
        levels = self.library.findings[name].levels
        own = [(rule.key, changed.get(rule.key, rule)) for rule in self._proving[name]]
        for place, level in enumerate(levels) if levels else ((0, ""),):
            if levels and not place:
                continue
            proofs = [
                turned.rules.get(key) or self.rules[key]
                for key, rule in own
                if rule is not None and (not levels or levels.index(rule.level) >= place)
            ]
            head, plane = head_name(name, level), some(proofs, self.all)
            if everything or plane != self.heads[head]:
                turned.heads[head] = plane
                turned.findings.add(name)

    def _known(self, finding: str, turned: Turned) -> Plane:
        levels = self.library.findings[finding].levels
        names = [head_name(finding, level) for level in levels[1:]] if levels else [finding]
        planes = [turned.heads.get(name) or self.heads[name] for name in names]
        return every((Plane(p.true | p.false, self.all & ~(p.true | p.false)) for p in planes), self.all)
