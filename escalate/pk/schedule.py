"""From administrations to what the linear equations take: amounts at instants, and rates between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import NamedTuple

import numpy as np

from escalate.pk.definition import Array, Model
from escalate.pk.entries import BadDose, Given
from escalate.pk.regimen import Doses, Steady
from escalate.texts import _


class Input(NamedTuple):
    """When and how long the input of one person lasts beyond what is written: the lag before each dose
    reaches the depot or the blood, and the model's own duration of zero-order absorption (0 for none)."""

    lag_days: float = 0.0
    duration_days: float = 0.0


def flat(given: Sequence[Given], weight_kg: float | None, bsa_m2: float | None) -> tuple[Given, ...]:
    """The same administrations as flat amounts.

    Raises: BadDose where a dose per kg or m2 meets no weight or body surface.
    """
    size = {"": 1.0, "kg": weight_kg, "m2": bsa_m2}
    out = []
    for g in given:
        by = size[g.per]
        if by is None or not by > 0.0:
            what = _("a weight") if g.per == "kg" else _("a body surface (`bsa_m2`, or `height_cm`)")
            raise BadDose(
                _("{entry}: a dose per {per} needs {what}").format(entry=g.entry, per=g.per, what=what)
            )
        out.append(g._replace(amount_mg=g.amount_mg * by, per="", sized=g.per))
    return tuple(out)


def routed(given: Sequence[Given], model: Model, route: str | None) -> tuple[Given, ...]:
    """The same administrations, each with a route of the model: its own, else `route`, else the usual one.

    A dose with a duration is an infusion, and so `iv` where nothing else is said.

    Raises: BadDose where the model has no such route, or a duration belongs to no infusion.
    """
    out = []
    for g in given:
        own = g.route or ("iv" if g.duration_days > 0.0 and "iv" in model.routes else route)
        own = own or model.routes[0]
        if own not in model.routes:
            raise BadDose(
                _("{entry}: {id} has no route `{own}` (it has {known})").format(
                    entry=g.entry, id=model.id, own=own, known=", ".join(model.routes)
                )
            )
        if g.duration_days > 0.0 and own != "iv":
            raise BadDose(
                _("{entry}: only an intravenous dose is given over a time, not `{own}`").format(
                    entry=g.entry, own=own
                )
            )
        out.append(g._replace(route=own))
    return tuple(out)


def inputs(model: Model, values: Mapping[str, Array]) -> list[Input]:
    """Lag and duration of each person with these parameters."""
    n = max(np.size(x) for x in values.values())
    days = model.units.days
    lag = np.broadcast_to(values.get("tlag", 0.0), n) * days
    duration = np.broadcast_to(values.get("D1", 0.0), n) * days
    return [Input(float(a), float(b)) for a, b in zip(lag, duration, strict=True)]


def sized(given: Sequence[Given], size: Mapping[str, Array] | None, person: int) -> Sequence[Given]:
    """The administrations of one person of another size: those per kg or m2 go with it."""
    if not size:
        return given
    return [
        g._replace(amount_mg=g.amount_mg * float(size[g.sized][person])) if g.sized in size else g
        for g in given
    ]


def doses_of(
    given: Sequence[Given],
    own: Input = Input(),  # noqa: B008 - an immutable value
    size: Mapping[str, Array] | None = None,
) -> Doses:
    """Flat, routed administrations as amounts and rates; those at the same instant are added.

    The lag of `own` moves the whole course and is added to times afterwards. Only a reset and a steady
    state, which hold at the time written and not when a dose arrives, are moved the other way. `size`: how
    many times as large as the person of the doses each person (n,) is, by `kg` and `m2`.

    Raises: BadDose without any dose, or when a zero-order input is asked of a model that has none.
    """
    if not given:
        raise BadDose(_("no dose is given"))
    given = in_force(given)
    starts, ends, rates = [], [], []
    resets_on = [g.day - own.lag_days for g in given if g.resets]
    steady_on = [g.day - own.lag_days for g in given if g.steady_every_days]
    for g in given:
        duration = _duration(g, own)
        if duration > 0.0 and isfinite(g.steady_every_days):
            # A reset ends what is still running.
            end = min([day for day in resets_on if day > g.day] + [g.day + duration])
            starts.append(g.day)
            ends.append(min(end, g.day + duration))
            rates.append(g.amount_mg / duration * _factor(g, size))
    day = np.unique(np.array([*(g.day for g in given), *ends, *resets_on, *steady_on]))
    n = next(iter(size.values())).size if size else 1
    depot, central = np.zeros((day.size, n)), np.zeros((day.size, n))
    steady = []
    for g in given:
        instant, duration = int(np.searchsorted(day, g.day)), _duration(g, own)
        into_vein = g.route == "iv" or duration > 0.0
        amounts = (0.0, g.amount_mg) if into_vein else (g.amount_mg, 0.0)
        if g.steady_every_days:
            at, every = int(np.searchsorted(day, g.day - own.lag_days)), g.steady_every_days
            elapsed = every - own.lag_days % every if isfinite(every) else 0.0
            steady.append(Steady(at, every, *amounts, duration, elapsed))
        if duration == 0.0 and isfinite(g.steady_every_days):
            depot[instant] += amounts[0] * _factor(g, size)
            central[instant] += amounts[1] * _factor(g, size)
    resets = tuple(sorted({int(np.searchsorted(day, x)) for x in resets_on}))
    rate = None
    if rates:
        running = (day[:, None] >= np.array(starts)) & (day[:, None] < np.array(ends))
        rate = running @ np.array([np.broadcast_to(x, n) for x in rates])
    return Doses(day, depot, central, rate, resets, tuple(steady))


def in_force(given: Sequence[Given]) -> list[Given]:
    """The administrations without those that a later reset of the same instant takes out again."""
    last = {g.day: i for i, g in enumerate(given) if g.resets}
    return [g for i, g in enumerate(given) if i >= last.get(g.day, 0)]


def _factor(g: Given, size: Mapping[str, Array] | None) -> Array | float:
    return size[g.sized] if size and g.sized in size else 1.0


def _duration(g: Given, own: Input) -> float:
    """Days that this input lasts; 0 for a bolus or a dose into a depot."""
    if g.duration_days < 0.0 and not own.duration_days:
        raise BadDose(_("{entry}: the model has no duration of its own for this input").format(entry=g.entry))
    if g.duration_days > 0.0:
        return g.duration_days
    return own.duration_days if g.route == "oral" or g.duration_days < 0.0 else 0.0
