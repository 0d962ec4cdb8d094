"""The names of measures in output: with their unit, and with the threshold they are taken against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from escalate.pk.definition import Units
from escalate.pk.simulate import Measures

_TIME = {"day": "days", "h": "h"}


def keys(units: Units, threshold: str | None) -> dict[str, str]:
    """Field of `Measures` -> name in JSON: `auc_0_inf_ug_day_per_ml`, `t_above_ec90_days`, ...

    Without a threshold those that need one are missing.
    """
    amount, volume = units.concentration.lower().split("/")
    area, level, time = f"{amount}_{units.time}_per_{volume}", f"{amount}_per_{volume}", _TIME[units.time]
    names = {"auc_0_inf": f"auc_0_inf_{area}", "c_max": f"c_max_{level}", "t_max": f"t_max_{time}"}
    if threshold is not None:
        names |= {
            "t_above": f"t_above_{threshold}_{time}",
            "auc_above": f"auc_above_{threshold}_{area}",
            "auc_excess": f"auc_excess_{threshold}_{area}",
        }
    return names


def named(of: Measures, units: Units, threshold: str | None, person: int = 0) -> dict[str, float]:
    """The measures of one person by their names in JSON, rounded to 10 digits."""
    return {name: rounded(float(getattr(of, own)[person])) for own, name in keys(units, threshold).items()}


def named_limits(
    of: Mapping[str, tuple[float, float]], units: Units, threshold: str | None
) -> dict[str, list[float]]:
    """Intervals by the same names, rounded to 4 digits."""
    return {name: rounded_all(of[own], 4) for own, name in keys(units, threshold).items()}


def rounded(value: float, digits: int = 10) -> float:
    """A value to so many significant digits: the last ones of a sum depend on the processor."""
    return float(f"{value:.{digits}g}")


def rounded_all(values: Iterable[float], digits: int = 10) -> list[float]:
    """Each of them so."""
    return [rounded(float(value), digits) for value in values]
