"""What no text and no status may say, as far as it can be read off the page (dossier 1.1).

NEV-01 a dose is what is usually published, to be checked against the label, and nothing is ordered;
NEV-05 the series of 18 patients gives counts: no cause, no risk, no ratio; NEV-10 nobody claims an approval
that is not there. What the rules do with a patient (NEV-02 to NEV-04, NEV-06 to NEV-09) is held by
`tests/test_prohibitions.py` and by the proofs over all patients.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from escalate.library.model import Library, Rule, Therapy
from escalate.problems import Problem, Span
from escalate.texts import _

_SERIES = "S2"
# Words with which a sentence orders; the report lays out options.
_ORDERS = re.compile(
    r"\b(must be given|give immediately|prescribe|administer at once)\b"
    r"|(?:^|[.;:]\s+)(?:give|start|administer|inject|infuse|order)\b",
    re.IGNORECASE,
)
# An amount with its rhythm or per weight is a dose; an amount alone may be a limit or a test.
_DOSE = re.compile(
    r"\d\s?(?:mg|g|µg|ug)(?:/kg|/m2)?\s+(?:\w+\s+)?(?:once|twice|daily|weekly|a day|every|for \d)"
    r"|\d\s?(?:mg|g)/(?:kg|m2|day|week)\b",
    re.IGNORECASE,
)
_PUBLISHED = re.compile(r"\busual(?:ly)?\b|\blabel\b", re.IGNORECASE)
_CAUSE_OR_RISK = re.compile(
    r"\b(?:odds|hazard|risk|rate) ratio|\brelative risk|\bcaus(?:e|ed|es|ing) (?:the |both |their )?deaths?\b"
    r"|\b(?:engager|teclistamab|drug|treatment) (?:caused|causes|kills|killed)\b"
    r"|\b(?:risk|chance|probability|likelihood)\b[^.;]{0,60}\d\s?%"
    r"|\d\s?%\s+(?:risk|chance|probability|of (?:the |all )?patients)",
    re.IGNORECASE,
)
_APPROVED = re.compile(r"(?<!not )\b(?:licensed|approved)\b", re.IGNORECASE)
_STATUS = ("approved", "off_label", "investigational", "procedure", "standard")
_REGIONS = ("eu", "us")
_VERIFIED = re.compile(r"not verified|\d{4}-\d{2}-\d{2}")


def prohibited(library: Library) -> Iterator[Problem]:
    """Every text and status of the knowledge that a prohibition forbids."""
    for rule in library.rules:
        yield from _orders(rule)
        yield from _doses(rule)
        if any(source.ref == _SERIES for source in rule.sources):
            yield from _cause_or_risk(f"`{rule.id}`", rule.at, (*_said(rule), rule.because))
        yield from _claimed(rule, library)
    for therapy in library.therapies.values():
        at = therapy.at or Span("knowledge", 1, 1)
        if _SERIES in therapy.evidence:
            aspects = [line for side in therapy.for_and_against.values() for line in side]
            texts = (*therapy.headline, *therapy.warnings, *aspects)
            yield from _cause_or_risk(f"`{therapy.id}`", at, texts)
        if therapy.listed:
            yield from _dose_of(therapy, at)
            yield from _status_of(therapy, at)


def _said(rule: Rule) -> tuple[str, ...]:
    """What a reader is told to think of doing."""
    return (rule.title, rule.advise, *(action.text for action in rule.do))


def _orders(rule: Rule) -> Iterator[Problem]:
    for text in _said(rule):
        if _ORDERS.search(text):
            yield Problem(
                rule.at,
                "order",
                _("`{rule}` gives an order").format(rule=rule.id),
                _("lay out the option instead"),
            )


def _doses(rule: Rule) -> Iterator[Problem]:
    for text in (rule.advise, *(action.text for action in rule.do)):
        for sentence in re.split(r"(?<=[.;])\s+", text):
            if _DOSE.search(sentence) and not _PUBLISHED.search(text):
                message = _("`{rule}` states a dose as if it were ordered: {sentence}").format(
                    rule=rule.id, sentence=sentence
                )
                yield Problem(rule.at, "dose-as-order", message, _("say that it is the usual published dose"))


def _dose_of(therapy: Therapy, at: Span) -> Iterator[Problem]:
    dose = therapy.dose.lower()
    if re.search(r"\d", dose) and not ("usual published" in dose and "checked against the label" in dose):
        message = _("the dose of `{therapy}` reads like an order").format(therapy=therapy.id)
        yield Problem(
            at, "dose-as-order", message, _("`Usual published dose: ...; to be checked against the label.`")
        )


def _cause_or_risk(what: str, at: Span, texts: tuple[str, ...]) -> Iterator[Problem]:
    for text in texts:
        if found := _CAUSE_OR_RISK.search(text):
            message = _("{what} makes a cause or a risk of the series of 18 patients: {found}").format(
                what=what, found=found.group()
            )
            yield Problem(at, "cause-from-series", message, _("show counts; the authors infer no cause"))


def _claimed(rule: Rule, library: Library) -> Iterator[Problem]:
    """`Licensed` said of a therapy that is approved nowhere."""
    targets = [library.therapies[name] for name in rule.targets if name in library.therapies]
    if not targets or any("approved" in therapy.status.values() for therapy in targets):
        return
    if any(_APPROVED.search(text) for text in (*_said(rule), rule.because)):
        message = _("`{rule}` speaks of an approval, and none of its therapies has one").format(rule=rule.id)
        yield Problem(rule.at, "approval-claimed", message)


def _status_of(therapy: Therapy, at: Span) -> Iterator[Problem]:
    for place in _REGIONS:
        if therapy.status.get(place) not in _STATUS:
            message = _("`{therapy}` has no status for {place}").format(
                therapy=therapy.id, place=place.upper()
            )
            yield Problem(at, "status-missing", message, _("one of {words}").format(words=", ".join(_STATUS)))
    if not _VERIFIED.fullmatch(therapy.status.get("verified_on", "")):
        message = _("`{therapy}` does not say when its status was verified").format(therapy=therapy.id)
        yield Problem(at, "status-missing", message, _("a day, or `not verified`"))
    # Glucocorticoids are approved as a class, for any of these diseases.
    unbound = not therapy.approved_in and "glucocorticoid" not in therapy.classes
    if "approved" in therapy.status.values() and unbound:
        message = _("`{therapy}` is approved, and nobody says for which disease").format(therapy=therapy.id)
        yield Problem(at, "approval-claimed", message, _("name the entities under `approved_in`"))
