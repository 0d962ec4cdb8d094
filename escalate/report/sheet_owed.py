"""What is owed to the patient before any drug: what the file says of it, and a line to fill by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from escalate.assessment import Assessment
from escalate.findings.say import say, with_unit
from escalate.language.facts import Fact, Status
from escalate.report.days import with_long_days
from escalate.texts import N_, _
from escalate.truth import Truth


@dataclass(frozen=True, slots=True)
class Owed:
    """One duty: what is known of it as (label, value), and what is left to write by hand."""

    title: str
    known: tuple[tuple[str, str], ...]
    blanks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """One question that comes before the word refractory: `mark` is yes, no or unknown."""

    title: str
    mark: str
    answer: str


_PREGNANCY = N_("Pregnancy and fertility")
# Title, the fields that say something of it, and what no field holds: that is written by hand.
_DUTIES: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    (N_("Cancer panel"), ("comorbidities.malignancy", "comorbidities.cancer_screen"), ()),
    (
        N_("Vaccines"),
        ("vaccination.zoster_recombinant", "vaccination.live_vaccine_last_on"),
        (N_("pneumococcus, influenza, COVID-19, RSV"),),
    ),
    (
        _PREGNANCY,
        (
            "demographics.pregnancy",
            "demographics.childbearing_potential",
            "demographics.contraception",
            "demographics.wish_for_children",
            "demographics.fertility_preserved",
        ),
        (),
    ),
    (N_("Hepatitis B"), ("infection.hbsag", "infection.anti_hbc", "infection.hbv_prophylaxis"), ()),
    (N_("Pneumocystis prophylaxis"), ("infection.pjp_prophylaxis",), ()),
    (
        N_("Bone"),
        ("comorbidities.glucocorticoid_risk",),
        (N_("bone density, vitamin D and protection"),),
    ),
    (
        N_("Bridge during washout"),
        ("activity.bridging_weeks_possible",),
        (N_("with what, and what stops it"),),
    ),
    (
        N_("Fever at night, until immunoglobulin recovers"),
        ("centre.night_contact",),
        (N_("who answers, telephone"),),
    ),
    (N_("The patient's own wish"), ("consent.documented",), (N_("in the patient's words"),)),
)
# Only said where they are known: a man is not asked whether he may be pregnant.
_QUIET = {"demographics.contraception", "demographics.fertility_preserved", "infection.hbv_prophylaxis"}
_CHECKS = (
    "diagnosis.rechecked",
    "diagnosis.adherence_checked",
    "diagnosis.damage_separated_from_activity",
)


def owed(assessment: Assessment) -> tuple[Owed, ...]:
    """The duties in their fixed order, each of them always there."""
    return tuple(
        Owed(_title(title, assessment), tuple(_known(fields, assessment)), tuple(map(_, blanks)))
        for title, fields, blanks in _DUTIES
    )


def checks(assessment: Assessment) -> tuple[Check, ...]:
    """Whether diagnosis, adherence and damage were looked at again; not asked where nothing was given."""
    if assessment.proposal.ladder is None or assessment.lines == ():
        return ()
    facts, labels = assessment.reasons.facts, assessment.library.facts
    found = []
    for name in _CHECKS:
        fact = facts[name]
        mark = "unknown" if not isinstance(fact.value, bool) else "yes" if fact.value else "no"
        answer = {"yes": _("yes"), "no": _("no"), "unknown": _("unknown")}[mark]
        found.append(Check(labels[name].label or name, mark, answer))
    return tuple(found)


def _title(title: str, assessment: Assessment) -> str:
    """Of a man the fertility alone is asked about."""
    male = assessment.reasons.facts["demographics.sex"].value == "male"
    return _("Fertility") if male and title == _PREGNANCY else _(title)


def _ruled_out(assessment: Assessment) -> frozenset[str]:
    """What need not be asked, where the sex or what the file says of a pregnancy is stated."""
    facts = assessment.reasons.facts
    if facts["demographics.sex"].value == "male":
        return frozenset(("demographics.pregnancy", "demographics.childbearing_potential"))
    over = facts["demographics.pregnancy"].value == "not_applicable"
    if over or facts["demographics.childbearing_potential"].value is False:
        # A woman who can bear no child any more may still be breastfeeding: that stays asked for.
        return frozenset(("demographics.childbearing_potential", "demographics.wish_for_children"))
    return frozenset()


def _known(fields: Sequence[str], assessment: Assessment) -> Iterator[tuple[str, str]]:
    facts, specs = assessment.reasons.facts, assessment.library.facts
    quiet = _QUIET | _ruled_out(assessment)
    for name in fields:
        fact = facts[name]
        if fact.status is not Status.KNOWN and name in quiet:
            continue
        yield specs[name].label or name, _value(fact, assessment)


def _value(fact: Fact, assessment: Assessment) -> str:
    spec = assessment.library.facts[fact.name]
    stated = assessment.patient.values.get(fact.name)
    if stated is not None and stated.never:
        return _("never")
    if fact.value is None:
        return _("not stated")
    said = with_long_days(with_unit(say(fact.value), spec.unit))
    day = assessment.reasons.facts[spec.dated_by].value if spec.dated_by else None
    return f"{said} ({with_long_days(str(day))})" if day is not None else said


def truth_word(truth: Truth) -> str:
    """Yes, no or unknown."""
    return {Truth.TRUE: _("yes"), Truth.FALSE: _("no"), Truth.UNKNOWN: _("unknown")}[truth]
