"""Two patients who differ: one knows more, or one fact is worse. Neither may open what was closed."""

from __future__ import annotations

from collections.abc import Iterable

import z3

from escalate.audit.verify.encoding import Encoding
from escalate.audit.verify.options import Gate, Options
from escalate.audit.verify.ordered import same_or_more, worse
from escalate.audit.verify.prover import Prover
from escalate.audit.verify.rail import Formula, both, either, negation
from escalate.audit.verify.result import Result, Step, Tally
from escalate.audit.verify.witness import Watch
from escalate.library.statements import Harm
from escalate.options.verdict import Verdict
from escalate.texts import _

_CLOSED = (Verdict.EXCLUDED, Verdict.DEFERRED, Verdict.NOT_INDICATED)


def knowledge(tally: Tally, step: Step) -> Result:
    """Learning a fact may settle an UNKNOWN; it never flips a TRUE or a FALSE, and opens nothing closed."""
    prover = tally.prover
    rules = [r for r in prover.library.rules if r.status == "active" and r.alert != "contradiction"]
    less = prover.rules
    names = sorted({name.rstrip("'") for name in prover.space.variables})
    more = prover.encoding(names)
    before, after = prover.options, Options(more)
    listed = [name for name, therapy in prover.library.therapies.items() if therapy.listed]
    for rule in rules:
        more.rule(rule.key)
    for therapy in listed:
        after.is_open(therapy)
    learns = z3.FreshBool("learns")
    prover.space.add(*(z3.Implies(learns, f) for name in names for f in same_or_more(less, more, name)))
    for number, rule in enumerate(rules):
        step(number, len(rules) + len(listed))
        tally.subjects += 1
        old, new = less.rule(rule.key), more.rule(rule.key)
        # A question is answered by learning, so `ask` may leave TRUE; a fact may never raise one.
        flips = [both((old.false, negation(new.false)))]
        if rule.kind != "ask":
            flips.append(both((old.true, negation(new.true))))
        message = _("`{rule}` changes its mind when a fact becomes known: {title}").format(
            rule=rule.id, title=rule.title
        )
        tally.never(rule.key, message, rule.at, (learns, either(flips)), Watch((rule.key,)), less, more)
    for number, therapy in enumerate(listed):
        step(len(rules) + number, len(rules) + len(listed))
        tally.subjects += 1
        opened = both((_is_closed(before.gate(therapy)), after.is_open(therapy)))
        shut = both((before.is_open(therapy), negation(after.is_open(therapy))))
        message = _("{therapy} changes sides when a fact becomes known").format(
            therapy=prover.library.therapies[therapy].name
        )
        question = (learns, either((opened, shut)))
        tally.never(therapy, message, None, question, Watch((), (), (therapy,)), less, more)
    return tally.result("knowledge", _("learning a fact settles what was unknown and flips nothing"))


def harm(tally: Tally, step: Step) -> Result:
    """The same patient with one fact worse: no hard criterion lets go, no option of the statement opens."""
    prover = tally.prover
    pairs = [(statement, fact) for statement in prover.statements.harms for fact in statement.facts]
    settled: list[str] = []
    following: set[str] = set()
    for number, (statement, fact) in enumerate(pairs):
        step(number, len(pairs))
        tally.subjects += 1
        following.update(computed_from(prover, fact))
        if _worse_fact(tally, statement, fact):
            settled.append(fact)
    if following:
        note = _(
            "taken for granted: derived facts that follow a worse field do not get better by it ({facts})"
        )
        tally.notes.append(note.format(facts=", ".join(sorted(following))))
    if settled:
        note = _(
            "a worse value may settle an option that waited for data (a finding of grade C2 makes an "
            "unmeasured criterion of C1 irrelevant): {facts}"
        )
        tally.notes.append(note.format(facts=", ".join(settled)))
    return tally.result(
        "harm", _("a worse organ or a lower count lifts no hard criterion and opens nothing closed")
    )


def _worse_fact(tally: Tally, statement: Harm, fact: str) -> bool:
    """Asks about one fact; whether a worse value may settle an option that waited for data."""
    prover, rules = tally.prover, tally.prover.rules
    label = prover.library.facts[fact].label or fact
    followers = sorted(computed_from(prover, fact))
    graver = prover.encoding({fact, *followers})
    options = Options(graver)
    order = worse(
        prover.space, prover.space.variable(fact), prover.space.variable(f"{fact}'"), statement.worse
    )
    # What the exception names must not have come nearer to TRUE.
    for name in statement.except_through:
        old, new = rules.head(name), graver.head(name)
        order += [either((negation(new.true), old.true)), either((new.false, negation(old.false)))]
    for name in followers:
        order += _no_better(rules, graver, name)
    freed: dict[str, Formula] = {}
    for rule in prover.library.rules:
        if rule.status == "active" and rule.kind in ("exclude", "defer"):
            old, new = rules.rule(rule.key), graver.rule(rule.key)
            if not old.true.eq(new.true):
                shut = (_is_closed(options.gate(therapy)) for therapy in rule.targets)
                freed[rule.key] = both((old.true, negation(new.true), negation(both(shut))))
    # All rules in one question; only where it fails is each of them asked about.
    if not tally.proved(*order, either(freed.values())):
        for key, lets_go in freed.items():
            rule = rules.by_key[key]
            message = _("`{rule}` lets go when a fact gets worse ({fact}): {title}").format(
                rule=rule.id, fact=label, title=rule.title
            )
            subject = f"{statement.about.id} {fact}"
            tally.never(subject, message, rule.at, (*order, lets_go), Watch((key,)), rules, graver)
    settles = False
    for therapy in statement.targets:
        old_open, new_open = prover.options.is_open(therapy), options.is_open(therapy)
        if old_open.eq(new_open) or not prover.library.therapies[therapy].listed:
            continue
        question = (*order, prover.options.is_one_of(therapy, _CLOSED), new_open)
        message = _("{therapy} opens when a fact gets worse: {fact}").format(
            therapy=prover.library.therapies[therapy].name, fact=label
        )
        watch = Watch((), (), (therapy,))
        tally.never(
            f"{statement.about.id} {fact}", message, statement.about.at, question, watch, rules, graver
        )
        waiting = prover.options.is_one_of(therapy, (Verdict.DATA_NEEDED,))
        settles = settles or prover.ask(*order, waiting, new_open).found
    return settles


def _no_better(rules: Encoding, graver: Encoding, name: str) -> Iterable[Formula]:
    """A derived yes/no fact that follows the worse field does not get better by it."""
    one, other = rules.variable(name), graver.variable(name)
    if one.spec.kind == "boolean":
        stays = both((graver.state(name).present, other.yes))
        yield either((negation(both((rules.state(name).present, one.yes))), stays))


def computed_from(prover: Prover, fact: str) -> Iterable[str]:
    """The derived facts that follow a field."""
    for name in sorted({name.rstrip("'") for name in prover.space.variables}):
        spec = prover.library.facts[name]
        if spec.derived and any(fact == read or fact.startswith(f"{read}.") for read in spec.reads):
            yield name


def _is_closed(gate: Gate) -> Formula:
    """That a hard criterion of the therapy is TRUE."""
    return either((gate.exclude.true, gate.defer.true))
