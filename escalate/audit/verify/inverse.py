"""Facts of a witness as a patient file that `escalate assess` takes.

A field stands as it is. A derived fact is turned back into the fields it is computed from where that is
plain (a date for an age in weeks, a value beside its limit for a ratio, an entry for a line of therapy).
Whether the file gives the facts again is not promised here: the witness is read and assessed like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from decimal import Decimal

from escalate.audit.verify.history import Entry, antibodies, therapies
from escalate.language.facts import Fact, Status
from escalate.language.names import plain
from escalate.library.model import Library

# The day of the assessment in every witness: a file must read the same next year.
TODAY = date(2026, 1, 15)

# Ratio -> the value and its limit, with the limit a laboratory would print.
_RATIOS = {
    "muscle.ck_ratio_to_uln": ("muscle.ck_u_per_l", "muscle.ck_uln_u_per_l", "200"),
    "heart.troponin_i.ratio_to_url": ("heart.troponin_i.ng_per_l", "heart.troponin_i.url_ng_per_l", "20"),
    "heart.troponin_t.ratio_to_url": ("heart.troponin_t.ng_per_l", "heart.troponin_t.url_ng_per_l", "14"),
    "labs.alt_ratio_to_uln": ("labs.alt_u_per_l", "labs.alt_uln_u_per_l", "40"),
    "labs.ast_ratio_to_uln": ("labs.ast_u_per_l", "labs.ast_uln_u_per_l", "40"),
    "labs.bilirubin_ratio_to_uln": ("labs.bilirubin_mg_per_dl", "labs.bilirubin_uln_mg_per_dl", "1"),
}
# A yes/no fact -> the field that states it, with its words for yes and no.
_STATED = {
    "infection.fever_now": ("infection.fever", "true", "false"),
    "infection.sars_cov_2_positive_now": ("infection.sars_cov_2_pcr", "positive", "negative"),
    "infection.tuberculosis_active": ("infection.tuberculosis", "active", "none"),
    "lung.ild_stated": ("lung.ild", "true", "false"),
    "heart.myocarditis_active": ("heart.active_myocarditis", "true", "false"),
    "patient.pregnant": ("demographics.pregnancy", "pregnant", "not_pregnant"),
    "patient.pregnant_or_breastfeeding": ("demographics.pregnancy", "pregnant", "not_pregnant"),
    "patient.childbearing_potential": ("demographics.childbearing_potential", "true", "false"),
    "patient.conception_planned": ("demographics.conception_planned_within_6_months", "true", "false"),
    "patient.oestrogen_therapy": ("comorbidities.oestrogen_therapy", "true", "false"),
}
_DAYS = {
    "infection.sars_cov_2_days_ago": "infection.sars_cov_2_last_on",
    "vaccination.live_vaccine_days_ago": "vaccination.live_vaccine_last_on",
    "course.days_since_last_dose": "course.last_dose_on",
}
_MONTHS = {
    "comorbidities.cancer_screen_age_months": "comorbidities.cancer_screen_on",
    "diagnosis.biopsy_age_months": "diagnosis.biopsy_on",
}
# A date without a result gives no age: the plainest result where the witness needs none.
_RESULTS = {
    "lung.hrct": ("fibrosis", "false"),
    "heart.echo": ("lvef_percent", "62"),
    "heart.ecg": ("finding", "normal"),
    "heart.holter": ("nsvt", "false"),
    "heart.mri": ("lge_segments", "0"),
}
_ALLERGIES = "comorbidities.allergies"
_DAYS_A_MONTH = Decimal("30.44")


def patient_text(facts: Iterable[Fact], library: Library) -> tuple[str, tuple[str, ...]]:
    """A patient file with these facts, and the derived facts that no field was found for."""
    known = {fact.name: fact for fact in facts}
    fields: dict[str, str] = {}
    for name, fact in known.items():
        if not library.facts[name].derived:
            fields[name] = _written(fact)
    left: list[str] = []
    for name, fact in known.items():
        if library.facts[name].derived and not _listed(name):
            turned = _turned_back(fact, fields, library)
            if turned is None:
                left.append(name)
            else:
                fields.update({field: value for field, value in turned.items() if field not in fields})
    entries = therapies(known, library, TODAY)
    found, panel = antibodies(known, library)
    allergies = [
        name.split(".")[1] for name, f in known.items() if name.endswith(".allergy") and f.value is True
    ]
    if any(name.endswith(".allergy") for name in known):
        fields.setdefault(_ALLERGIES, f"[{', '.join(sorted(allergies))}]")
    if panel:
        fields["antibody_panel"] = f"[{', '.join(panel)}]"
    lists = {"antibodies": found, "therapies": entries}
    return _text(fields, lists), tuple(left)


def _listed(name: str) -> bool:
    """Facts that the lists of the file give."""
    return (
        name.startswith(("therapy.", "class.", "lines.", "washout.", "antibody."))
        or name == "treatment_naive"
    )


def _turned_back(fact: Fact, fields: dict[str, str], library: Library) -> dict[str, str] | None:
    """Fields that give a derived fact, or None; an absent fact mostly follows from a field that is there."""
    name, value = fact.name, fact.value
    if fact.status is Status.ABSENT:
        return {_DAYS[name]: "never"} if name in _DAYS and library.facts[_DAYS[name]].accepts_never else {}
    if name in _STATED and isinstance(value, bool):
        field, yes, no = _STATED[name]
        return {field: yes if value else no}
    if not isinstance(value, Decimal):
        return _special(fact)
    if name in _RATIOS:
        top, limit, usual = _RATIOS[name]
        least = Decimal(fields.get(limit, usual))
        return {top: plain(value * least), limit: plain(least)}
    if name.endswith(".age_weeks"):
        test = name.removesuffix(".age_weeks")
        dated = {f"{test}.date": _days_before(value * 7)}
        if not any(field.startswith(f"{test}.") for field in fields) and test in _RESULTS:
            dated[f"{test}.{_RESULTS[test][0]}"] = _RESULTS[test][1]
        return dated
    for table, days in ((_DAYS, Decimal(1)), (_MONTHS, _DAYS_A_MONTH)):
        if name in table:
            return {table[name]: _days_before(value * days)}
    return _special(fact)


def _special(fact: Fact) -> dict[str, str] | None:
    make = _SPECIAL.get(fact.name)
    return None if make is None or fact.value is None else make(fact.value)


_SPECIAL: dict[str, Callable[[object], dict[str, str]]] = {
    "lung.function_age_weeks": lambda v: {"lung.function_on": _days_before(Decimal(str(v)) * 7)},
    "muscle.mmt8_of_150": lambda v: {"muscle.mmt8": str(v), "muscle.mmt8_scale": '"150"'},
    "muscle.vital_capacity_ml_per_kg": lambda v: {
        "muscle.vital_capacity_l": plain(Decimal(str(v)) * 70 / 1000),
        "demographics.weight_kg": "70",
    },
    "diagnosis.onset_age_years": lambda v: {"diagnosis.age_at_onset_years": str(v)},
    "course.ice_fall": lambda v: {"course.ice_score": str(10 - int(str(v))), "course.ice_baseline": "10"},
    "heart.troponin_i.rising_above_url": lambda v: {
        "heart.troponin_i.rising": "true" if v is True else "false",
        **({"heart.troponin_i.ng_per_l": "30", "heart.troponin_i.url_ng_per_l": "20"} if v is True else {}),
    },
    "lung.hrct.before_symptom_change": lambda v: {
        "lung.hrct.date": _days_before(Decimal(70)),
        "lung.symptoms_worsening_weeks": "4" if v is True else "20",
    },
}


def _days_before(days: Decimal) -> str:
    return (TODAY - timedelta(days=int(days.to_integral_value()))).isoformat()


def _written(fact: Fact) -> str:
    if fact.status is Status.ABSENT:
        return "never"
    value = fact.value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, frozenset):
        return f"[{', '.join(sorted(value))}]"
    if fact.name.endswith(("_on", ".date")):
        return _days_before(Decimal(7))
    return str(value)


def _text(fields: dict[str, str], lists: dict[str, list[Entry] | None]) -> str:
    """The file: fields in blocks, lists one entry a line."""
    lines = ["schema: escalate/patient/v1", "id: witness", f"assessed_on: {TODAY.isoformat()}"]
    tree: dict[str, object] = {}
    for name, value in sorted(fields.items()):
        *blocks, leaf = name.split(".")
        here: dict[str, object] = tree
        for block in blocks:
            inner = here.setdefault(block, {})
            here = inner if isinstance(inner, dict) else here
        here[leaf] = value
    _write(tree, "", lines)
    for name, entries in lists.items():
        if entries is None:
            continue
        lines.append(f"{name}:" if entries else f"{name}: []")
        lines += [f"  - {{{', '.join(f'{k}: {v}' for k, v in entry.items())}}}" for entry in entries]
    return "\n".join(lines) + "\n"


def _write(tree: dict[str, object], indent: str, lines: list[str]) -> None:
    for key, value in tree.items():
        if isinstance(value, dict):
            lines.append(f"{indent}{key}:")
            _write(value, f"{indent}  ", lines)
        else:
            lines.append(f"{indent}{key}: {value}")
