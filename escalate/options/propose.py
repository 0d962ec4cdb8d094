"""From rule values to options: which therapy, at which step, with which verdict and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from escalate.findings.reasons import Reason, Reasons
from escalate.library.model import Library, Rule, Therapy
from escalate.options.alerts import alerts
from escalate.options.ask import ask_for, questions
from escalate.options.beside import outcomes, with_disagreements
from escalate.options.gates import gates_of, grounds, indicated, scope_of
from escalate.options.ladder import ladder
from escalate.options.model import Alert, Missing, NotIndicated, Option, Proposal
from escalate.options.untried import untried_note
from escalate.options.verdict import Verdict, verdict
from escalate.texts import _
from escalate.truth import Truth, some

ENGAGER = "bcma_t_cell_engager"  # what is still looked at outside the ladder
_BY_VERDICT = {v: i for i, v in enumerate(Verdict)}


def propose(reasons: Reasons, contradictions: Iterable[Alert] = ()) -> Proposal:
    """Verdict, reasons and questions for every therapy, and the ladder.

    Reads only rule values and facts held by `reasons`; draws no conclusion of its own beyond the
    verdict table. Outside `iim` there is no ladder, and at most the BCMA engagers are listed.
    """
    library = reasons.library
    gates = _Gates(reasons)
    scope = scope_of(library, lambda rule: reasons.values[rule.key])
    shown = alerts(reasons, contradictions, gates.closed_by)
    candidates = _candidates(library, scope)
    judged = [gates.option(therapy) for therapy in candidates]
    options = [o for o in judged if o.verdict is not Verdict.NOT_INDICATED]
    options = _ranked(sorted(options, key=_listing_order))
    rest = [_not_indicated(o, reasons) for o in judged if o.verdict is Verdict.NOT_INDICATED]
    options = with_disagreements(options, reasons)
    options = [replace(o, notes=(*o.notes, *untried_note(o, options, reasons))) for o in options]
    return Proposal(
        scope=scope,
        alerts=shown,
        options=tuple(options),
        not_indicated=tuple(rest),
        questions=questions(options, reasons) if scope != "out_of_scope" else (),
        ladder=ladder(options, reasons) if scope == "iim" else None,
        values=reasons.values,
        outcomes=outcomes(reasons) if scope == "iim" else (),
    )


def _candidates(library: Library, scope: str) -> list[Therapy]:
    if scope == "out_of_scope":
        return []
    therapies = list(library.therapies.values())
    return therapies if scope == "iim" else [t for t in therapies if ENGAGER in t.classes]


def _listing_order(option: Option) -> tuple[int, int, int, str]:
    step = 99 if option.step is None else option.step
    return _BY_VERDICT[option.verdict], step, option.order, option.therapy.id


def _ranked(options: list[Option]) -> list[Option]:
    """Rank the open ones from 1; at step 5 the conference chooses, so all share one rank."""
    ranked: list[Option] = []
    at_step_5: int | None = None
    count = 0
    for option in options:
        if not option.verdict.is_open:
            ranked.append(option)
            continue
        count += 1
        rank = count
        if option.step == 5:
            at_step_5 = at_step_5 or count
            rank = at_step_5
        ranked.append(replace(option, rank=rank))
    return ranked


class _Gates:
    """The active rules of each therapy by kind, joined for one patient."""

    def __init__(self, reasons: Reasons) -> None:
        self._reasons = reasons
        self._rules = gates_of(reasons.library)

    def rules(self, therapy: str, *kinds: str) -> list[Rule]:
        of_therapy = self._rules.get(therapy, {})
        return [rule for kind in kinds for rule in of_therapy.get(kind, ())]

    def closed_by(self, therapy: str) -> Reason | None:
        """The first TRUE hard criterion of a therapy, or None."""
        for rule in self.rules(therapy, "exclude", "defer"):
            if self._value(rule) is Truth.TRUE:
                return self._reasons.of(rule)
        return None

    def option(self, therapy: Therapy) -> Option:
        of_kind = self._rules.get(therapy.id, {})
        stands = indicated(of_kind, therapy.id, self._value) if therapy.listed else Truth.FALSE
        joined = {
            kind: some(self._value(r) for r in self.rules(therapy.id, kind))
            for kind in ("exclude", "defer", "ask", "caution_high", "caution")
        }
        word = verdict(stands, **joined)
        on = grounds(of_kind, therapy.id, self._value)
        steps = [r for r in on.by if r.step is not None]
        lowest = min(steps, key=lambda r: (r.step or 0, r.order or 0), default=None)
        unsettled = self._unsettled(therapy.id, word, on.waiting)
        cautions = self.rules(therapy.id, "caution_high", "caution")
        ending = [r for r in self.rules(therapy.id, "against") if self._is(r, Truth.TRUE)]
        shown = word is not Verdict.NOT_INDICATED
        return Option(
            therapy=therapy,
            verdict=word,
            step=lowest.step if lowest else None,
            order=(lowest.order or 0) if lowest else 0,
            rank=None,
            indicated=stands,
            indicated_by=self._reasons_of(on.by) if shown else (),
            against=self._reasons_of(on.set_aside_by if shown else ending),
            excluded_by=self._true(therapy.id, "exclude", word),
            deferred_by=self._true(therapy.id, "defer", word),
            cautions=self._reasons_of(r for r in cautions if shown and not self._is(r, Truth.FALSE)),
            unsettled=unsettled,
            missing=self._missing(unsettled, therapy.id, word),
        )

    def _unsettled(self, therapy: str, word: Verdict, waiting: Iterable[Rule]) -> tuple[Reason, ...]:
        if word in (Verdict.NOT_INDICATED, Verdict.EXCLUDED):
            return ()
        hard = [r for r in self.rules(therapy, "exclude", "defer") if self._is(r, Truth.UNKNOWN)]
        if word is Verdict.DEFERRED:
            return self._reasons_of(hard)
        asks = [r for r in self.rules(therapy, "ask") if not self._is(r, Truth.FALSE)]
        return self._reasons_of((*waiting, *hard, *asks))

    def _missing(self, unsettled: Iterable[Reason], therapy: str, word: Verdict) -> tuple[Missing, ...]:
        waiting: dict[str, list[str]] = {}
        reasons = list(unsettled)
        if word in (Verdict.DATA_NEEDED, Verdict.CAUTION, Verdict.CAUTION_HIGH):
            cautions = self.rules(therapy, "caution_high", "caution")
            reasons += [self._reasons.of(r) for r in cautions if self._is(r, Truth.UNKNOWN)]
        for reason in reasons:
            for fact in reason.missing or self._reasons.missing(reason.rule.when):
                ids = waiting.setdefault(fact, [])
                if reason.rule.id not in ids:
                    ids.append(reason.rule.id)
        facts = self._reasons.library.facts
        return tuple(Missing(fact, tuple(ids), ask_for(fact, facts)) for fact, ids in waiting.items())

    def _true(self, therapy: str, kind: str, word: Verdict) -> tuple[Reason, ...]:
        if word is Verdict.NOT_INDICATED:
            return ()
        return self._reasons_of(r for r in self.rules(therapy, kind) if self._is(r, Truth.TRUE))

    def _reasons_of(self, rules: Iterable[Rule]) -> tuple[Reason, ...]:
        return tuple(self._reasons.of(rule) for rule in rules)

    def _value(self, rule: Rule) -> Truth:
        return self._reasons.values[rule.key]

    def _is(self, rule: Rule, truth: Truth) -> bool:
        return self._value(rule) is truth


def _not_indicated(option: Option, reasons: Reasons) -> NotIndicated:
    """The shortest honest answer to "why not": negative evidence, the step, or nothing speaks for it."""
    therapy = option.therapy
    if option.against:
        lines = [f"{r.rule.title} ({r.rule.id})" for r in option.against]
        lines += [line for r in option.against for line in r.because]
        return NotIndicated(therapy, tuple(dict.fromkeys(lines)), tuple(r.rule.id for r in option.against))
    if not therapy.listed:
        return NotIndicated(
            therapy, (_("no own dose and evidence in this disease in the knowledge base"),), ()
        )
    spoken = gates_of(reasons.library).get(therapy.id, {}).get("indicate", ())
    rules = [rule for rule in spoken if rule.kind == "indicate"]  # an emergency indicates too, as an alert
    if not rules:
        started = any(therapy.id in a.therapies for r in reasons.library.rules for a in r.do)
        why = _("only an emergency leads to it, and none holds") if started else _("no pathway leads to it")
        return NotIndicated(therapy, (why,), ())
    closest = min(rules, key=lambda r: (reasons.failing_parts(r.when), r.key))
    because = reasons.of(closest).because
    return NotIndicated(
        therapy,
        (_("{title}: entry condition not met").format(title=closest.title), *because[:2]),
        (closest.id,),
    )
