"""Which dose or interval would reach a target, and what a restart after a delay looks like.

Exploratory arithmetic on a model: what would reach a figure, never what should be given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isfinite, sqrt
from typing import NamedTuple, cast

from escalate.pk.definition import Array, Model
from escalate.pk.entries import Given
from escalate.pk.simulate import Measures, measures, samples
from escalate.texts import _

_STEPS = 200
_CLOSE = 1e-10
_CLOSE_DAYS = 1e-7  # of an interval: a hundredth of a second in a day
_MOST = 1e6  # times the regimen as written, and one over it

AREA, TROUGH, TIME_ABOVE = "auc_0_inf", "trough", "t_above"


class Target(NamedTuple):
    """What is to be reached: `auc_0_inf`, `t_above` a threshold, or the `trough` on a day (just before
    a dose of that day), in the model's units."""

    kind: str
    value: float
    day: float = 0.0
    threshold: float | None = None


def scale_to_reach(
    model: Model, values: Mapping[str, Array], given: Sequence[Given], target: Target
) -> float:
    """The factor on every dose with which this person reaches the target.

    Areas and troughs of a linear model are proportional to the dose; everything else is found by
    bisection, since it rises with the dose.

    Raises: ValueError where no factor between a millionth and a million reaches it.
    """
    _check(target)
    reached = _reached(model, values, given, target)
    if model.is_linear and target.kind != TIME_ABOVE:
        if reached <= 0.0:
            raise ValueError(
                _("no dose reaches this {target_kind}: it is 0 whatever is given").format(
                    target_kind=target.kind
                )
            )
        return target.value / reached

    def short_of(factor: float) -> bool:
        return _reached(model, values, scaled(given, factor), target) < target.value

    return _bisect(short_of)


def interval_to_reach(
    model: Model, values: Mapping[str, Array], dose: Given, count: int, target: Target, longest_days: float
) -> float:
    """The longest interval, in days, at which `count` doses like this one still reach the target.

    A trough is that before the next dose. An area is that of the last interval per day (in the unit of
    areas), a time above the part of the last interval in percent: both fall as the interval grows.

    Raises: ValueError where even close together they do not, or where more than `longest_days` would do.
    """
    _check(target)
    shortest = max(dose.duration_days, longest_days * 1e-4)

    def reached(interval: float) -> float:
        given = [dose._replace(day=i * interval) for i in range(count)]
        last, end = (count - 1) * interval, count * interval
        c, area = samples(model, values, given, [last, end], before=True)
        if target.kind == TROUGH:
            return float(c[1, 0])
        if target.kind == AREA:
            return float(area[1, 0] - area[0, 0]) / interval
        # What happens after the last interval is cut off: a reset takes the drug out.
        cut = [*given, dose._replace(day=end, amount_mg=0.0, duration_days=0.0, resets=True)]
        whole = measures(model, values, cut, target.threshold).t_above[0]
        before = [*given[:-1], dose._replace(day=last, amount_mg=0.0, duration_days=0.0, resets=True)]
        earlier = measures(model, values, before, target.threshold).t_above[0] if count > 1 else 0.0
        return 100.0 * float(whole - earlier) * model.units.days / interval

    # The whole interval above a level is reached to the last digit only by rounding.
    least = target.value * (1.0 - _CLOSE)
    if reached(longest_days) >= least:
        raise ValueError(
            _("an interval longer than {longest_days} days would do").format(longest_days=f"{longest_days:g}")
        )
    if reached(shortest) < least:
        raise ValueError(
            _("{count} doses of this size do not reach {target_value} at any interval").format(
                count=count, target_value=f"{target.value:g}"
            )
        )
    low, high = shortest, longest_days
    for _step in range(_STEPS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if reached(middle) >= least else (low, middle)
        if high - low <= _CLOSE_DAYS * high:
            break
    return low


def scaled(given: Sequence[Given], factor: float) -> tuple[Given, ...]:
    """The same administrations with every amount times a factor."""
    return tuple(g._replace(amount_mg=g.amount_mg * factor) for g in given)


def beside(
    model: Model, values: Mapping[str, Array], regimens: Mapping[str, Sequence[Given]],
    threshold: float | None,
) -> dict[str, Measures]:  # fmt: skip
    """Several regimens for the same persons, as two against four target doses."""
    return {name: measures(model, values, given, threshold) for name, given in regimens.items()}


def place_in(published: Mapping[str, tuple[float, float]], name: str, value: float) -> str:
    """Where a value stands beside the published range: `below`, `within` or `above`."""
    low, high = published[name]
    return "below" if value < low else "above" if value > high else "within"


def place_among(others: Sequence[float], value: float) -> tuple[int, int, int]:
    """How many of a set of patients lie below a value, at it, and above it."""
    below, above = sum(x < value for x in others), sum(x > value for x in others)
    return below, len(others) - below - above, above


class Restart(NamedTuple):
    """What the label says after a gap: the dose to go on with, in mg/kg, and the sentence shown."""

    mg_per_kg: float
    says: str


def restart_rules(parameters: Mapping[str, object]) -> Mapping[str, Sequence[Mapping[str, object]]]:
    """The label's rows from the library's parameters, by kind of the last dose."""
    entry = parameters["teclistamab_restart"]
    assert isinstance(entry, Mapping)
    return cast("Mapping[str, Sequence[Mapping[str, object]]]", entry["after"])


def restart(
    rules: Mapping[str, Sequence[Mapping[str, object]]], last: str, gap_days: float
) -> Restart | None:
    """The label's answer to `gap_days` since the last dose, which was a `last`; None where it has none.

    Args:   rules, by kind of the last dose: `over_days` (exclusive), `to_days` (inclusive, or absent),
            `mg_per_kg`, `says`, as in knowledge/parameters/restart.yaml.
    Raises: ValueError for a kind that the label does not know, or a gap that is no number.
    """
    if last not in rules:
        raise ValueError(_("`{last}` is no kind of dose ({known})").format(last=last, known=", ".join(rules)))
    if not (isfinite(gap_days) and gap_days >= 0.0):
        raise ValueError(
            _("a gap of {gap_days} days is no time since a dose").format(gap_days=f"{gap_days:g}")
        )
    for rule in rules[last]:
        low, high = float(str(rule.get("over_days", -1))), float(str(rule.get("to_days", "inf")))
        if low < gap_days <= high:
            return Restart(float(str(rule["mg_per_kg"])), str(rule["says"]))
    return None


def _check(target: Target) -> None:
    if target.kind not in (AREA, TROUGH, TIME_ABOVE):
        raise ValueError(
            _("`{target_kind}` is no target ({area}, {trough}, {time_above})").format(
                target_kind=target.kind, area=AREA, trough=TROUGH, time_above=TIME_ABOVE
            )
        )
    if not (isfinite(target.value) and target.value > 0.0):
        raise ValueError(
            _("the target {target_value} is not above 0").format(target_value=f"{target.value:g}")
        )
    if target.kind == TIME_ABOVE and target.threshold is None:
        raise ValueError(_("a time above needs a threshold"))


def _reached(model: Model, values: Mapping[str, Array], given: Sequence[Given], target: Target) -> float:
    if target.kind == TROUGH:
        return float(samples(model, values, given, [target.day], before=True)[0][0, 0])
    return float(getattr(measures(model, values, given, target.threshold), target.kind)[0])


def _bisect(short_of: Callable[[float], bool]) -> float:
    """Where a rising quantity reaches its target, on the log scale."""
    low, high = 1.0, 1.0
    while short_of(high):
        low, high = high, 2.0 * high
        if high > _MOST:
            raise ValueError(_("no dose reaches the target"))
    while not short_of(low):
        low /= 2.0
        if low < 1.0 / _MOST:
            raise ValueError(_("any dose reaches the target"))
    for _step in range(_STEPS):
        middle = sqrt(low * high)
        low, high = (middle, high) if short_of(middle) else (low, middle)
        if high <= low * (1.0 + _CLOSE):
            break
    return high
