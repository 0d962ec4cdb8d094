"""`escalate explain`: every rule of one therapy as a clause tree, with the value of each clause."""

from __future__ import annotations

from collections.abc import Iterable

from escalate.assessment import Assessment
from escalate.findings.reasons import Reasons
from escalate.findings.say import say
from escalate.language.describe import describe_leaf
from escalate.language.evaluate import evaluate
from escalate.language.tree import All, Any, AtLeast, AtLevel, Condition, Flag, Leaf, Nothing
from escalate.library.model import Rule
from escalate.options.model import Option
from escalate.options.settle import settlements
from escalate.report.layout import Page
from escalate.report.outside import outside
from escalate.texts import N_, _, in_its_language
from escalate.truth import Truth

_MARK = {Truth.TRUE: N_("TRUE   "), Truth.FALSE: N_("FALSE  "), Truth.UNKNOWN: N_("UNKNOWN")}
_DECIDES = (
    (True, N_("can change the verdict:")),
    (False, N_("cannot, whatever the others are:")),
    (None, N_("not settled in time:")),
)
_KINDS = (
    ("indicate", N_("What speaks for it")),
    ("against", N_("What ends the indication")),
    ("exclude", N_("What excludes it")),
    ("defer", N_("What defers it")),
    ("ask", N_("What must be asked first")),
    ("caution_high", N_("Only with a recorded override")),
    ("caution", N_("Cautions")),
)


@in_its_language
def explanation(assessment: Assessment, therapy: str, *, width: int = 100, colour: bool = False) -> str:
    """The whole tree for one therapy id, the proofs of what is TRUE, and what would settle the rest."""
    page = Page(width, colour, assessment.patient.file)
    if sentence := outside(assessment, therapy):
        page.line(sentence)
        return page.text()
    option = assessment.option(therapy)
    name = assessment.library.therapies[therapy].name
    page.heading(f"{name}: {say(str(option.verdict))}")
    page.line(
        _("Patient {id}, assessed on {assessed_on}").format(
            id=assessment.patient.id, assessed_on=assessment.patient.assessed_on.isoformat()
        )
    )
    page.raw_line(_("Places are line:column of {file}").format(file=assessment.patient.file))
    tree = _Tree(page, assessment)
    for kind, title in _KINDS:
        rules = [r for r in assessment.library.rules if _concerns(r, kind, therapy)]
        if rules:
            page.heading(f"{_(title)} ({kind})")
            for rule in rules:
                tree.rule(rule)
    if isinstance(option, Option):
        _settling(page, option, assessment.reasons)
    return page.text()


def _concerns(rule: Rule, kind: str, therapy: str) -> bool:
    if rule.status != "active":
        return False
    if rule.alert == "emergency":
        return kind == "indicate" and any(therapy in action.therapies for action in rule.do)
    return rule.kind == kind and therapy in rule.targets


class _Tree:
    """Writes clause trees; a finding is opened where it is first met and referred to later."""

    def __init__(self, page: Page, assessment: Assessment) -> None:
        self._page, self._assessment = page, assessment
        self._reasons = assessment.reasons
        self._names = self._reasons.names
        self._opened: set[str] = set()

    def rule(self, rule: Rule, indent: int = 0) -> None:
        value = self._reasons.values[rule.key]
        self._page.line(f"{rule.id}: {rule.title} ({rule.at})", indent, f"{_(_MARK[value])} ")
        self._condition(rule.when, indent + 4)
        proofs = self._assessment.proofs.get(rule.key, ())
        if value is Truth.TRUE and len(proofs) > 1:
            self._page.line(_("{count} alternative proofs:").format(count=len(proofs)), indent + 4)
            self._page.bullets((_proof(p) for p in proofs), indent + 6)

    def _condition(self, condition: Condition, indent: int) -> None:
        value = evaluate(condition, self._reasons.facts, self._reasons.heads)
        if isinstance(condition, Leaf):
            self._leaf(condition, value, indent)
            return
        self._page.line(_connective(condition), indent, f"{_(_MARK[value])} ")
        for part in condition.parts:
            self._condition(part, indent + 2)

    def _leaf(self, leaf: Leaf, value: Truth, indent: int) -> None:
        test = leaf.test
        text = describe_leaf(leaf, self._names)
        if isinstance(test, AtLevel) or (isinstance(test, Flag) and test.finding):
            self._page.line(text, indent, f"{_(_MARK[value])} ")
            self._finding(test.name, indent + 4)
            return
        fact = self._reasons.facts.get(test.name)
        if fact is not None:
            places = ", ".join(str(span) for span in fact.origins[:3])
            where = f", {places}" if places else ""
            text = f"{text} - {fact.name}: {self._reasons.value_text(fact)}{where}"
            if fact.because:
                text += f" ({fact.because})"
        self._page.line(text, indent, f"{_(_MARK[value])} ")

    def _finding(self, name: str, indent: int) -> None:
        if name in self._opened:
            self._page.line(_("(opened above)"), indent)
            return
        self._opened.add(name)
        rules = self._reasons.rules_of(name)
        decided = [r for r in rules if self._reasons.values[r.key] is not Truth.FALSE]
        for rule in decided:
            self.rule(rule, indent)
        if len(decided) < len(rules):
            closed = ", ".join(r.id for r in rules if r not in decided)
            self._page.line(closed, indent, f"{_(_MARK[Truth.FALSE])} ")


def _connective(condition: Condition) -> str:
    match condition:
        case All():
            return _("all of")
        case Any():
            return _("any of")
        case Nothing():
            return _("none of")
        case AtLeast(count=count):
            return _("at least {count} of").format(count=count)
        case Leaf(text=text):
            return text


def _proof(proof: Iterable[tuple[str, bool]]) -> str:
    words = {True: _("TRUE"), False: _("FALSE")}
    return "; ".join(f"{text} = {words[value]}" for text, value in sorted(proof))


def exact_section(found: Iterable[tuple[str, bool | None]], *, width: int = 100, colour: bool = False) -> str:
    """What a solver says of each missing field: whether an answer to it can still change the verdict."""
    page = Page(width, colour)
    page.heading(_("What each missing fact decides, over every answer to the others (proved)"))
    by_answer: dict[bool | None, list[str]] = {}
    for field, decides in found:
        by_answer.setdefault(decides, []).append(field)
    for answer, title in _DECIDES:
        if fields := by_answer.get(answer):
            page.line(", ".join(fields), 2, f"{_(title)} ")
    if not by_answer:
        page.line(_("nothing is missing"), 2)
    return page.text()


def _settling(page: Page, option: Option, reasons: Reasons) -> None:
    found = settlements(option, reasons)
    if not found:
        return
    page.heading(_("The smallest sets of answers that would settle it"))
    for settlement in found:
        outcome = (
            _("closes ({rule})").format(rule=settlement.rule) if settlement.rule else _("opens, all together")
        )
        page.line(f"{outcome}:", 2)
        for answer in settlement.answers:
            fields = f" [{', '.join(answer.fields[:6])}]" if answer.fields else ""
            page.line(f"{answer.text}{fields}", 6, "- ")
