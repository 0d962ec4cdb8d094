"""Days, weeks and months between an event or a test and the day of the assessment.

UNKNOWN while the date is; not applicable for an event that never happened and for a test that was not
called for; a range where only a year and a month are known. Source: dossier 6.4 (d(x)), 5.1, 6.1.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from escalate.language.facts import Fact, Status
from escalate.patient.derived.answers import absent, between, number, unknown
from escalate.patient.derived.registry import Case, derived
from escalate.texts import _

_WEEK = Decimal(7)
# Only the order of two ages within one month depends on it; whole months are counted by the calendar.
_DAYS_IN_LONGEST_MONTH = Decimal(31)


@derived("infection.sars_cov_2_days_ago")
def sars_cov_2_days_ago(case: Case, name: str) -> Fact:
    """Whole days since the last SARS-CoV-2 infection."""
    return days_ago(case, name, "infection.sars_cov_2_last_on")


@derived("vaccination.live_vaccine_days_ago")
def live_vaccine_days_ago(case: Case, name: str) -> Fact:
    """Whole days since the last live vaccine."""
    return days_ago(case, name, "vaccination.live_vaccine_last_on")


@derived(
    "heart.echo.age_weeks",
    "heart.ecg.age_weeks",
    "heart.holter.age_weeks",
    "heart.mri.age_weeks",
    "heart.troponin_i.age_weeks",
    "heart.troponin_t.age_weeks",
    "heart.nt_probnp.age_weeks",
    "heart.mri_substitute.age_weeks",
    "heart.right_heart_catheter.age_weeks",
    "lung.hrct.age_weeks",
)
def age_of_test_weeks(case: Case, name: str) -> Fact:
    """Weeks since a test: days divided by 7, so that 84 days are exactly 12 weeks.

    UNKNOWN also where the test was not called for, and where there is a date but no result: what was not
    done has no age, and must not pass for recent.
    """
    test = name.removesuffix(".age_weeks")
    field = f"{test}.date"
    results = [key for key in case.patient.values if key.startswith(f"{test}.") and key != field]
    if case[field].status is Status.ABSENT or not any(key not in case.blanked for key in results):
        return unknown(name, (field,), origins=case[field].origins)
    return _fresh(days_ago(case, name, field, _WEEK))


@derived("lung.function_age_weeks")
def lung_function_age_weeks(case: Case, name: str) -> Fact:
    """Weeks since FVC and DLCO."""
    return _fresh(days_ago(case, name, "lung.function_on", _WEEK))


@derived("comorbidities.cancer_screen_age_months")
def cancer_screen_age_months(case: Case, name: str) -> Fact:
    """Months since the cancer screen."""
    return _months(case, name, "comorbidities.cancer_screen_on")


@derived("diagnosis.biopsy_age_months")
def biopsy_age_months(case: Case, name: str) -> Fact:
    """Months since the muscle biopsy."""
    return _months(case, name, "diagnosis.biopsy_on")


def _fresh(age: Fact) -> Fact:
    """The age of a result, without a day to wait for: growing old asks for a new one and opens nothing."""
    return replace(age, anchor=None)


def months_between(first: date, last: date) -> Decimal:
    """Calendar months; the days after the last whole month are a part of one, never a whole.

    >>> months_between(date(2025, 10, 12), date(2026, 10, 12))
    Decimal('12')
    >>> months_between(date(2025, 10, 12), date(2026, 10, 13)) > 12
    True
    """
    whole = (last.year - first.year) * 12 + last.month - first.month
    days = last.day - first.day
    if days < 0:
        # 31 January to 28 February is not yet a month.
        return Decimal(whole) - Decimal(-days) / _DAYS_IN_LONGEST_MONTH
    return Decimal(whole) + Decimal(days) / _DAYS_IN_LONGEST_MONTH


def days_ago(case: Case, name: str, field: str, per: Decimal = Decimal(1)) -> Fact:
    """Whole days between a date of the file and the assessment, divided by `per`."""
    span = _span(case, name, field)
    if isinstance(span, Fact):
        return span
    first, last, fact = span
    today = case.patient.assessed_on
    low, high = Decimal((today - last).days) / per, Decimal((today - first).days) / per
    if first != last:
        return between(name, max(low, Decimal(0)), high, _said(first, last), fact.origins, (field,))
    if low < 0:
        # A date after the assessment is a contradiction of its own; it is no age.
        return unknown(
            name,
            (field,),
            _("dated {first}, after the day of the assessment").format(first=first),
            fact.origins,
        )
    return number(
        name,
        low,
        _("{days} days before {today} ({first})").format(days=(today - first).days, today=today, first=first),
        fact.origins,
        first,
    )


def _months(case: Case, name: str, field: str) -> Fact:
    span = _span(case, name, field)
    if isinstance(span, Fact):
        return span
    first, last, fact = span
    today = case.patient.assessed_on
    low, high = months_between(last, today), months_between(first, today)
    if first != last:
        return between(name, max(low, Decimal(0)), high, _said(first, last), fact.origins, (field,))
    if first > today:
        return unknown(
            name,
            (field,),
            _("dated {first}, after the day of the assessment").format(first=first),
            fact.origins,
        )
    return number(
        name,
        low,
        _("dated {first}, assessed on {today}").format(first=first, today=today),
        fact.origins,
        first,
    )


def _span(case: Case, name: str, field: str) -> tuple[date, date, Fact] | Fact:
    """First and last day a date may mean, or the answer where there is no date."""
    fact = case[field]
    if fact.status is Status.ABSENT:
        return absent(name, fact.because, fact.origins)
    if not isinstance(fact.value, date):
        return unknown(name, fact.missing, origins=fact.origins)
    latest = case.patient.values[field].latest
    return fact.value, latest or fact.value, fact


def _said(first: date, last: date) -> str:
    return _("between {first} and {last}").format(first=first, last=last)
