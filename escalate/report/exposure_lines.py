"""Regimen and exposure as sentences; every figure with its unit, its model and its caveat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from escalate.texts import N_, _, figure

_ROUTES = (N_("sc"), N_("iv"), N_("oral"))  # said in a sentence about a dose


def regimen_lines(regimen: Mapping[str, Any], volume: str = ".3g") -> Iterator[str]:
    """One line per dose, then the cumulative dose and what else was published.

    Args: volume, the form in which millilitres are written.
    """
    yield _("{title} (usual published dose, to be checked against the label)").format(title=regimen["title"])
    for dose in regimen["doses"]:
        route = dose["route"]
        said = _("day {day}: {name}, {mg_per_kg} mg/kg = {mg} mg {route}, {volume} mL, {vials}")
        yield said.format(
            day=figure(dose["day"], "g"),
            name=dose["name"],
            mg_per_kg=figure(dose["mg_per_kg"], "g"),
            mg=figure(dose["mg"], "g"),
            route=_(route),
            volume=figure(dose["volume_ml"], volume),
            vials=figure(dose["vials"]),
        )
    yield _cumulative(regimen)
    if regimen.get("note"):
        yield str(regimen["note"])
    for variant in regimen.get("variants", ()):
        step = _("{mg} mg day {day}")
        steps = [step.format(mg=figure(d["mg"], "g"), day=figure(d["day"], "g")) for d in variant["doses"]]
        said = _("also published: {title} ({steps}; {cumulative})")
        yield said.format(title=variant["title"], steps=" / ".join(steps), cumulative=_cumulative(variant))


def _cumulative(regimen: Mapping[str, Any]) -> str:
    return _("cumulative {dose} mg/kg").format(dose=figure(regimen["cumulative_mg_per_kg"], "g"))


def exposure_lines(exposure: Mapping[str, Any], digits: int = 3) -> Iterator[str]:
    """The typical patient with the 90 % interval, the published range, and the assumptions.

    Args: digits, how many significant ones a simulated figure has.
    """
    interval = exposure["interval_90"]
    published = exposure["published_range"]
    without = exposure["without_time_dependent_clearance"]
    for key, label, unit in (
        ("auc_0_inf_ug_day_per_ml", _("AUC 0-inf"), _("µg*day/mL")),
        ("c_max_ug_per_ml", _("Cmax"), _("µg/mL")),
        ("t_above_ec90_days", _("time with C >= EC90"), _("days")),
        ("auc_above_ec90_ug_day_per_ml", _("AUC while C >= EC90"), _("µg*day/mL")),
    ):
        parts = [f"{label} {_significant(exposure[key], digits)} {unit}"]
        for text, found, shown in (
            (_("90 % of virtual patients {low} to {high}"), interval.get(key), digits),
            (_("simulated in the series {low} to {high}"), published.get(key), 6),
        ):
            if found is not None:
                low, high = (_significant(bound, shown) for bound in found)
                parts.append(text.format(low=low, high=high))
        if key in without:
            text = _("without the time-dependent clearance {value}")
            parts.append(text.format(value=_significant(without[key], digits)))
        yield "; ".join(parts)
    yield _("model {model}; {assumptions}").format(
        model=exposure["model"], assumptions=" ".join(exposure["assumptions"])
    )


def _significant(value: float, digits: int) -> str:
    """A number with so many significant digits, never as a power of ten: 1084.7 with three is 1080."""
    return figure(f"{Decimal(f'{value:.{digits}g}'):f}")
