"""Values as multiples of the laboratory's limit; UNKNOWN while a value or its limit is. Dossier 4.1, 6.2."""

from __future__ import annotations

from decimal import Decimal

from escalate.language.facts import Fact
from escalate.patient.derived.answers import (
    between,
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

_RATIOS = {
    "muscle.ck_ratio_to_uln": ("muscle.ck_u_per_l", "muscle.ck_uln_u_per_l"),
    "heart.troponin_i.ratio_to_url": ("heart.troponin_i.ng_per_l", "heart.troponin_i.url_ng_per_l"),
    "heart.troponin_t.ratio_to_url": ("heart.troponin_t.ng_per_l", "heart.troponin_t.url_ng_per_l"),
    "labs.alt_ratio_to_uln": ("labs.alt_u_per_l", "labs.alt_uln_u_per_l"),
    "labs.ast_ratio_to_uln": ("labs.ast_u_per_l", "labs.ast_uln_u_per_l"),
    "labs.bilirubin_ratio_to_uln": ("labs.bilirubin_mg_per_dl", "labs.bilirubin_uln_mg_per_dl"),
    "lung.fvc_to_dlco_ratio": ("lung.fvc_percent_predicted", "lung.dlco_percent_predicted"),
}


@derived(*_RATIOS)
def ratio(case: Case, name: str) -> Fact:
    """The first value divided by the second (no unit)."""
    above, below = _RATIOS[name]
    open_answer = unsettled(case, name, (above, below))
    if open_answer is not None:
        return _bounded(case, name) or open_answer
    top, bottom = decimal(case, above), decimal(case, below)
    if not bottom:
        return unknown(name, (below,), _("the limit is 0"), origins_of(case[below]))
    value = top / bottom
    because = f"{plain(top)} / {plain(bottom)} = {plain(value)}"
    return number(name, value, because, origins_of(case[above], case[below]))


def _bounded(case: Case, name: str) -> Fact | None:
    """The bounds of a ratio whose first value is known by its bounds alone; it rises with that value."""
    above, below = _RATIOS[name]
    top, bottom = case[above], case[below].value
    if (top.low is None and top.high is None) or not isinstance(bottom, Decimal) or bottom <= 0:
        return None
    low, high = (None if end is None else end / bottom for end in (top.low, top.high))
    because = f"{case.patient.values[above].given} / {plain(bottom)}"
    return between(name, low, high, because, origins_of(top, case[below]), (above,))


@derived("heart.troponin_i.rising_above_url")
def troponin_i_rising_above_url(case: Case, name: str) -> Fact:
    """Rising, and with a value above the limit: a change inside the normal range does not count (6.2).

    FALSE as soon as one of the two is; UNKNOWN where the other one is not known either.
    """
    facts = [case[f"heart.troponin_i.{part}"] for part in ("rising", "ng_per_l", "url_ng_per_l")]
    rising, value, limit = facts
    above, because = Truth.UNKNOWN, ""
    if isinstance(limit.value, Decimal) and value.low is not None and value.low > limit.value:
        above = Truth.TRUE
    elif isinstance(limit.value, Decimal) and value.high is not None and value.high <= limit.value:
        above = Truth.FALSE
    elif isinstance(value.value, Decimal) and isinstance(limit.value, Decimal):
        above = Truth.of(value.value > limit.value)
        because = _("hs-cTnI {value} ng/L, upper reference limit {limit} ng/L").format(
            value=plain(value.value), limit=plain(limit.value)
        )
    missing = tuple(path for fact in facts for path in fact.missing)
    return yes_no(name, truth(rising) & above, because, origins_of(*facts), missing)
