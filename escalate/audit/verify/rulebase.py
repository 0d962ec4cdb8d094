"""Rules that are in vain: never TRUE, always TRUE, covered by another or always defeated; and gaps."""

from __future__ import annotations

from collections.abc import Iterator

from escalate.audit.verify.gates import heads_of
from escalate.audit.verify.rail import both, either, negation
from escalate.audit.verify.result import Failure, Result, Step, Tally
from escalate.audit.verify.witness import Watch
from escalate.library.model import Rule
from escalate.options.gates import on_the_past
from escalate.options.verdict import Verdict
from escalate.texts import _


def reachable(tally: Tally, step: Step) -> Result:
    """Every rule, drafts too, is TRUE for some patient."""
    rules = tally.prover.library.rules
    for number, rule in enumerate(rules):
        step(number, len(rules))
        tally.subjects += 1
        message = _("`{rule}` can never be true: {title}").format(rule=rule.id, title=rule.title)
        tally.possible(rule.key, message, rule.at, (tally.prover.rules.rule(rule.key).true,))
    return tally.result("unreachable", _("every rule is true for some patient"))


def undecided_or_false(tally: Tally, step: Step) -> Result:
    """No rule is TRUE for every patient, whatever is known."""
    rules = tally.prover.library.rules
    for number, rule in enumerate(rules):
        step(number, len(rules))
        tally.subjects += 1
        rail = tally.prover.rules.rule(rule.key)
        answer = tally.prover.ask(negation(rail.true))
        if answer.undecided:
            tally.undecided.append(rule.key)
        elif answer.impossible:
            tally.used |= answer.used
            message = _("`{rule}` is true for every patient, even where nothing is known: {title}").format(
                rule=rule.id, title=rule.title
            )
            watch = Watch((rule.key,))
            shown = tally.witnesses.of((rail.true,), watch)
            tally.failures.append(Failure(rule.key, message, rule.at, shown))
    return tally.result("always", _("no rule is true for every patient"))


def covered(tally: Tally, step: Step) -> Result:
    """No rule speaks only where another one of its kind speaks too, but for those that are declared."""
    library, rails = tally.prover.library, tally.prover.rules
    on_purpose = {rule for statement in tally.prover.statements.covered for rule in statement.rules}
    # An alert is its text, and so is a question that gates nothing: two may well speak of the same patient.
    rules = [
        rule
        for rule in library.rules
        if rule.status == "active" and rule.kind != "alert" and (rule.kind != "ask" or rule.targets)
    ]
    groups: dict[object, list[Rule]] = {}
    for rule in rules:
        groups.setdefault(_effect(rule), []).append(rule)
    found: set[str] = set()
    for number, rule in enumerate(rules):
        step(number, len(rules))
        tally.subjects += 1
        own = rails.rule(rule.key)
        others = list(_stronger(rule, groups[_effect(rule)]))
        # One patient for whom the rule speaks alone settles all pairs at once; most rules have one.
        if (
            not others
            or tally.prover.ask(own.true, *(negation(rails.rule(o.key).true) for o in others)).found
        ):
            continue
        for other in others:
            its = rails.rule(other.key)
            # Doubt counts too: a rule that is UNKNOWN where the other is FALSE keeps an option shut.
            says_more = either((both((own.true, negation(its.true))), both((negation(own.false), its.false))))
            answer = tally.prover.ask(says_more)
            if answer.undecided:
                tally.undecided.append(f"{rule.key}, {other.key}")
            elif answer.impossible:
                found.add(rule.id)
                if rule.id not in on_purpose:
                    tally.used |= answer.used
                    _report_covered(tally, rule, other)
    for statement in tally.prover.statements.covered:
        for name in sorted(set(statement.rules) - found):
            message = _("`{rule}` is declared as covered by another rule, and is not").format(rule=name)
            tally.failures.append(Failure(statement.about.id, message, statement.about.at))
    if found & on_purpose:
        note = _("covered on purpose, as rules/invariants.yaml says: {rules}")
        tally.notes.append(note.format(rules=", ".join(sorted(found & on_purpose))))
    return tally.result("covered", _("no rule is a copy of another or never speaks alone"))


def _report_covered(tally: Tally, rule: Rule, other: Rule) -> None:
    rails = tally.prover.rules
    back = tally.prover.ask(rails.rule(other.key).true, negation(rails.rule(rule.key).true))
    text = (
        _("`{rule}` says the same of every patient as `{other}`")
        if back.impossible
        else _("`{rule}` speaks only where `{other}` speaks too")
    )
    watch = Watch((rule.key, other.key))
    shown = tally.witnesses.of((rails.rule(rule.key).true,), watch)
    tally.failures.append(Failure(rule.key, text.format(rule=rule.id, other=other.id), rule.at, shown))


def _effect(rule: Rule) -> object:
    if rule.kind == "finding":
        return rule.kind, rule.targets, rule.level
    return rule.kind, rule.alert, rule.scope, rule.again


def _stronger(rule: Rule, group: list[Rule]) -> Iterator[Rule]:
    """The other rules that do all that this one does: for the same therapies, at its step or before it."""
    for other in group:
        reaches = set(rule.targets) <= set(other.targets) and bool(rule.targets) == bool(other.targets)
        before = (other.step or 0, other.order or 0) <= (rule.step or 0, rule.order or 0)
        beside = (rule.step is None) == (other.step is None)
        if (
            other.key != rule.key
            and other.id != rule.id
            and reaches
            and beside
            and (rule.kind != "indicate" or before)
        ):
            yield other


def defeated(tally: Tally, step: Step) -> Result:
    """Every indication leads to an open option for some patient."""
    prover = tally.prover
    pairs = [
        (therapy, rule)
        for therapy, kinds in prover.options.gates.items()
        for rule in kinds.get("indicate", ())
        if prover.library.therapies[therapy].listed
    ]
    for number, (therapy, rule) in enumerate(pairs):
        step(number, len(pairs))
        tally.subjects += 1
        speaks = prover.rules.rule(rule.key).true
        answer = prover.ask(speaks, prover.options.is_open(therapy))
        if answer.undecided:
            tally.undecided.append(rule.key)
        if not answer.impossible:
            continue
        tally.used |= answer.used
        message = _("`{rule}` never opens {therapy}: whenever it speaks, something closes the option").format(
            rule=rule.id, therapy=prover.library.therapies[therapy].name
        )
        watch = Watch((rule.key,), (), (therapy,))
        shown = tally.witnesses.of((speaks,), watch) if not prover.ask(speaks).impossible else ()
        tally.failures.append(Failure(rule.key, message, rule.at, shown))
    return tally.result("defeated", _("every indication opens its option for some patient"))


def gaps(tally: Tally, step: Step) -> Result:
    """Nobody of whom a statement says so is left without an option and without a reason."""
    prover = tally.prover
    for number, gap in enumerate(prover.statements.gaps):
        step(number, len(prover.statements.gaps))
        tally.subjects += 1
        rules = prover.rules
        alerts = [r.key for r in prover.library.rules if r.kind == "alert" and r.status == "active"]
        against = {
            rule.key
            for therapy in gap.targets
            for rule in prover.options.gates.get(therapy, {}).get("against", ())
            if not on_the_past(rule, therapy)
        }
        reasons = either(rules.rule(key).true for key in (*alerts, *sorted(against)))
        empty = both(
            prover.options.is_one_of(therapy, (Verdict.NOT_INDICATED,))
            for therapy in gap.targets
            if prover.library.therapies[therapy].listed
        )
        question = (rules.condition(gap.when).true, empty, negation(reasons))
        about = gap.about
        tally.never(about.id, about.title, about.at, question, Watch(heads=heads_of(gap.when)))
    return tally.result("gaps", _("nobody is left without an option and without a reason"))
