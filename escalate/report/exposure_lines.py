"""Regimen and exposure as sentences; every figure with its unit, its model and its caveat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def regimen_lines(regimen: Mapping[str, Any]) -> Iterator[str]:
    """One line per dose, then the cumulative dose and what else was published."""
    yield f"{regimen['title']} (usual published dose, to be checked against the label)"
    for dose in regimen["doses"]:
        yield (
            f"day {dose['day']:g}: {dose['name']}, {dose['mg_per_kg']:g} mg/kg = {dose['mg']:g} mg "
            f"{dose['route']}, {dose['volume_ml']:.4g} mL, {dose['vials']}"
        )
    yield f"cumulative {regimen['cumulative_mg_per_kg']:g} mg/kg"
    if regimen.get("note"):
        yield str(regimen["note"])
    for variant in regimen.get("variants", ()):
        steps = " / ".join(f"{d['mg']:g} mg day {d['day']:g}" for d in variant["doses"])
        cumulative = f"cumulative {variant['cumulative_mg_per_kg']:g} mg/kg"
        yield f"also published: {variant['title']} ({steps}; {cumulative})"


def exposure_lines(exposure: Mapping[str, Any]) -> Iterator[str]:
    """The typical patient with the 90 % interval, the published range, and the assumptions."""
    interval = exposure["interval_90"]
    published = exposure["published_range"]
    without = exposure["without_time_dependent_clearance"]
    for key, label, unit in (
        ("auc_0_inf_ug_day_per_ml", "AUC 0-inf", "ug*day/mL"),
        ("c_max_ug_per_ml", "Cmax", "ug/mL"),
        ("t_above_ec90_days", "time with C >= EC90", "days"),
        ("auc_above_ec90_ug_day_per_ml", "AUC while C >= EC90", "ug*day/mL"),
    ):
        parts = [f"{label} {exposure[key]:.4g} {unit}"]
        if key in interval:
            parts.append(f"90 % of virtual patients {interval[key][0]:.4g} to {interval[key][1]:.4g}")
        if key in published:
            parts.append(f"simulated in the series {published[key][0]:g} to {published[key][1]:g}")
        if key in without:
            parts.append(f"without the time-dependent clearance {without[key]:.4g}")
        yield "; ".join(parts)
    yield f"model {exposure['model']}; {' '.join(exposure['assumptions'])}"
