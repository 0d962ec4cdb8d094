"""Pregnancy, fertility, body mass and age at onset. Dossier 6.4 (X18), 6.6, 8.2 P-PREG."""

from __future__ import annotations

from decimal import Decimal

from escalate.language.facts import Fact, Status
from escalate.language.words import say_word
from escalate.patient.derived.answers import (
    absent,
    decimal,
    number,
    origins_of,
    plain,
    truth,
    unknown,
    unsettled,
    yes_no,
)
from escalate.patient.derived.registry import Case, derived
from escalate.texts import _
from escalate.truth import Truth

_PREGNANCY = "demographics.pregnancy"
_SEX = "demographics.sex"
_POTENTIAL = "demographics.childbearing_potential"
_WISH = "demographics.wish_for_children"
_PLANNED = "demographics.conception_planned_within_6_months"


@derived("patient.pregnant")
def pregnant(case: Case, name: str) -> Fact:
    """As stated; FALSE for men and without childbearing potential, unless the file says otherwise."""
    return _pregnancy(case, name, ("pregnant",), (_SEX, _POTENTIAL))


@derived("patient.pregnant_or_breastfeeding")
def pregnant_or_breastfeeding(case: Case, name: str) -> Fact:
    """As stated; FALSE for men, unless the file says otherwise. Breastfeeding needs no further fertility."""
    return _pregnancy(case, name, ("pregnant", "breastfeeding"), (_SEX,))


@derived("patient.childbearing_potential")
def childbearing_potential(case: Case, name: str) -> Fact:
    """As stated; TRUE while pregnant, FALSE for men, else UNKNOWN."""
    stated, sex, pregnancy = case[_POTENTIAL], case[_SEX], case[_PREGNANCY]
    if stated.status is Status.KNOWN:
        return yes_no(name, truth(stated), origins=stated.origins)
    if pregnancy.value == "pregnant":
        return yes_no(name, Truth.TRUE, _("pregnant"), pregnancy.origins)
    if sex.value == "male":
        return yes_no(name, Truth.FALSE, _("male"), sex.origins)
    return unknown(name, (_POTENTIAL,))


@derived("patient.conception_planned")
def conception_planned(case: Case, name: str) -> Fact:
    """A pregnancy planned within 6 months, a detail of the wish for children.

    The statement stands; else FALSE for men, without childbearing potential and without a wish. Where only
    contraception or the wish is stated, that speaks for it (not applicable); else UNKNOWN.
    """
    stated = case[_PLANNED]
    if stated.value is True:
        return yes_no(name, Truth.TRUE, origins=stated.origins)
    for field, value in ((_SEX, "male"), (_POTENTIAL, False), (_WISH, False)):
        fact = case[field]
        if fact.status is Status.KNOWN and fact.value == value:
            return yes_no(name, Truth.FALSE, _said(case, field), fact.origins)
    if stated.value is False:
        return yes_no(name, Truth.FALSE, origins=stated.origins)
    contraception = case["demographics.contraception"]
    if contraception.value is True:
        return absent(name, _("not stated, and contraception is used"), contraception.origins)
    if case[_WISH].status is Status.KNOWN:
        return absent(name, _("not stated, and the wish for children is"), case[_WISH].origins)
    return unknown(name, (_PLANNED,))


@derived("patient.oestrogen_therapy")
def oestrogen_therapy(case: Case, name: str) -> Fact:
    """As stated; not applicable for men where it is not stated; else UNKNOWN."""
    field = "comorbidities.oestrogen_therapy"
    stated, sex = case[field], case[_SEX]
    if stated.status is Status.KNOWN:
        return yes_no(name, truth(stated), origins=stated.origins)
    if sex.value == "male" and field not in case.blanked:
        return absent(name, _("not stated, male"), sex.origins)
    return unknown(name, (field,))


@derived("diagnosis.onset_age_years")
def onset_age_years(case: Case, name: str) -> Fact:
    """Age at onset in years: as stated, else age minus disease duration (never below 0)."""
    stated = case["diagnosis.age_at_onset_years"]
    if isinstance(stated.value, Decimal):
        return number(name, stated.value, origins=stated.origins)
    fields = ("demographics.age_years", "diagnosis.disease_duration_months")
    open_answer = unsettled(case, name, fields)
    if open_answer is not None:
        return open_answer
    age, months = (decimal(case, field) for field in fields)
    value = max(age - months / 12, Decimal(0))
    because = _("age {age} minus a disease duration of {months} months").format(
        age=plain(age), months=plain(months)
    )
    return number(name, value, because, origins_of(*(case[field] for field in fields)))


def _pregnancy(case: Case, name: str, words: tuple[str, ...], excluded_by: tuple[str, ...]) -> Fact:
    stated = case[_PREGNANCY]
    if stated.status is Status.KNOWN:
        return yes_no(
            name,
            Truth.of(stated.value in words),
            _("pregnancy: {value}").format(value=say_word(str(stated.value))),
            stated.origins,
        )
    # A contradiction that made the statement unknown may be about the sex: nothing excludes it then.
    for field in excluded_by if _PREGNANCY not in case.blanked else ():
        fact = case[field]
        if fact.status is Status.KNOWN and fact.value in ("male", False):
            return yes_no(name, Truth.FALSE, _said(case, field), fact.origins)
    return unknown(name, (_PREGNANCY,))


def _said(case: Case, field: str) -> str:
    label = case.library.facts[field].label if field in case.library.facts else field
    value = case[field].value
    return f"{label}: {_('no') if value is False else say_word(str(value))}"
