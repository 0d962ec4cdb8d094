"""Event tables with the columns TIME AMT RATE EVID CMT ADDL II SS, as text and as administrations.

TIME and II are in the unit of the model, AMT in its unit of amount. CMT 1 is the depot where the model
has one and the central compartment where it has none; CMT 2 is the central one beside a depot.
RATE > 0 is an infusion, RATE = -2 the model's own duration of input. EVID 0 and 2 are samples, 1 is a
dose, 3 takes out what was given before, 4 does so and gives a dose. SS 1 puts the steady state of doses
every II in place of what was given before, SS 2 adds it; AMT 0 with a RATE and SS is an endless infusion
that ends at TIME.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from math import inf, isfinite, isinf

from escalate.pk.definition import Model
from escalate.pk.entries import BadDose, Given
from escalate.texts import _

COLUMNS = ("TIME", "AMT", "RATE", "EVID", "CMT", "ADDL", "II", "SS")
_EMPTY = ("", ".", "NA")


def read_events(text: str, model: Model) -> tuple[tuple[Given, ...], tuple[float, ...]]:
    """The administrations of a table in CSV, and the days of its samples.

    Raises: BadDose that names the row (the header is row 1).
    """
    reader = csv.DictReader(io.StringIO(text))
    names = {(name or "").strip().upper(): name for name in reader.fieldnames or ()}
    for needed in ("TIME", "AMT"):
        if needed not in names:
            raise BadDose(
                _("row 1: no column {needed}; the columns are {known}").format(
                    needed=needed, known=", ".join(COLUMNS)
                )
            )
    given: list[Given] = []
    samples: list[float] = []
    before = 0.0
    for number, row in enumerate(reader, 2):
        where = _("row {number}").format(number=number)
        v = {c: _number((row.get(names[c]) or "") if c in names else "", c, where) for c in COLUMNS}
        if v["TIME"] < 0.0:
            raise BadDose(
                _("{where}: TIME {time} lies before the first dose").format(
                    where=where, time=f"{v['TIME']:g}"
                )
            )
        if v["TIME"] < before:
            raise BadDose(
                _("{where}: TIME {time} lies before the row above it").format(
                    where=where, time=f"{v['TIME']:g}"
                )
            )
        before = v["TIME"]
        day = v["TIME"] * model.units.days
        has_kind = "EVID" in names and (row.get(names["EVID"]) or "").strip() not in _EMPTY
        kind = v["EVID"] if has_kind else float(v["AMT"] > 0.0)
        if kind in (0.0, 2.0):
            if v["AMT"] > 0.0:
                raise BadDose(
                    _("{where}: an amount on a row that is no dose (EVID {kind})").format(
                        where=where, kind=f"{kind:g}"
                    )
                )
            if samples and day == samples[-1]:
                raise BadDose(
                    _("{where}: a second sample at TIME {time}").format(where=where, time=f"{v['TIME']:g}")
                )
            samples.append(day)
        elif kind in (1.0, 3.0, 4.0):
            own = [_reset(v, day, where, model)] if kind == 3.0 else _dose(v, day, where, model, kind == 4.0)
            pending = next((g for g in given if g.day > day), None)
            if own[0].resets and pending is not None:
                raise BadDose(
                    _(
                        "{where}: resets while additional doses of {pending_entry} are still to come; "
                        "write them out as rows of their own"
                    ).format(where=where, pending_entry=pending.entry)
                )
            given += own
        else:
            raise BadDose(
                _("{where}: EVID {kind} is not 0, 1, 2, 3 or 4").format(where=where, kind=f"{kind:g}")
            )
    return tuple(sorted(given, key=lambda g: g.day)), tuple(samples)


def _reset(v: Mapping[str, float], day: float, where: str, model: Model) -> Given:
    if v["AMT"] or v["RATE"] or v["SS"] or v["ADDL"]:
        raise BadDose(
            _("{where}: EVID 3 gives no dose; for a reset and a dose write EVID 4").format(where=where)
        )
    return Given(day, 0.0, "", model.routes[0], 0.0, where, resets=True)


def _dose(v: Mapping[str, float], day: float, where: str, model: Model, resets: bool) -> list[Given]:
    if v["AMT"] < 0.0:
        raise BadDose(_("{where}: AMT is negative").format(where=where))
    depot = next((r for r in model.routes if r in ("sc", "oral")), None)
    into_depot = depot is not None and v["CMT"] in (0.0, 1.0)
    if not into_depot and v["CMT"] not in ((2.0,) if depot else (0.0, 1.0)):
        raise BadDose(
            _("{where}: {id} has no compartment {cmt} for doses").format(
                where=where, id=model.id, cmt=f"{v['CMT']:g}"
            )
        )
    duration = 0.0
    if v["RATE"] > 0.0:
        if into_depot:
            raise BadDose(_("{where}: an infusion into the depot is not computed").format(where=where))
        duration = v["AMT"] / v["RATE"] * model.units.days
    elif v["RATE"] == -2.0:
        duration = -1.0
    elif v["RATE"] != 0.0:
        raise BadDose(
            _("{where}: RATE {rate} is not 0, above 0 or -2").format(where=where, rate=f"{v['RATE']:g}")
        )
    more, interval = v["ADDL"], v["II"] * model.units.days
    if more != int(more) or more < 0.0 or (more and interval <= 0.0):
        raise BadDose(_("{where}: ADDL needs a whole number and II above 0").format(where=where))
    if more and duration > interval:
        raise BadDose(_("{where}: the infusion is longer than its interval").format(where=where))
    mg, route = v["AMT"] * model.units.mg, depot if into_depot and depot else "iv"
    out = [Given(day + i * interval, mg, "", route, duration, where) for i in range(int(more) + 1)]
    out[0] = _first(out[0]._replace(resets=resets), v, where, model)
    return out


def _first(dose: Given, v: Mapping[str, float], where: str, model: Model) -> Given:
    """The dose of a row itself, at steady state where SS says so."""
    interval = v["II"] * model.units.days
    if v["SS"] == 0.0:
        if v["AMT"] == 0.0:
            raise BadDose(_("{where}: AMT is 0 on a dose").format(where=where))
        return dose
    if v["SS"] not in (1.0, 2.0):
        raise BadDose(_("{where}: SS {ss} is not 0, 1 or 2").format(where=where, ss=f"{v['SS']:g}"))
    if "kdes" in model.parameters:
        raise BadDose(
            _("{where}: SS: the clearance of {id} falls with time, it has no steady state").format(
                where=where, id=model.id
            )
        )
    if v["SS"] == 2.0 and not model.is_linear:
        raise BadDose(
            _("{where}: SS 2 adds courses, which {id} does not allow; write SS 1").format(
                where=where, id=model.id
            )
        )
    resets = dose.resets or v["SS"] == 1.0
    if v["AMT"] == 0.0:
        if not v["RATE"] > 0.0 or interval or v["ADDL"]:
            raise BadDose(
                _("{where}: SS with AMT 0 is an endless infusion: RATE above 0, II and ADDL 0").format(
                    where=where
                )
            )
        per_day = v["RATE"] * model.units.mg / model.units.days
        return dose._replace(amount_mg=per_day, duration_days=0.0, resets=resets, steady_every_days=inf)
    if not interval > 0.0:
        raise BadDose(_("{where}: SS needs II above 0").format(where=where))
    if dose.duration_days > interval:
        raise BadDose(_("{where}: the infusion is longer than its interval").format(where=where))
    return dose._replace(resets=resets, steady_every_days=interval)


def write_events(given: Sequence[Given], model: Model, samples: Sequence[float] = ()) -> str:
    """The table in CSV; amounts must be flat (`schedule.flat`). Samples stand before a dose at their time."""
    depot = any(r in ("sc", "oral") for r in model.routes)
    rows: list[tuple[float, int, list[str]]] = []
    for g in given:
        if g.per:
            raise BadDose(
                _("{entry}: a table holds flat amounts; give the weight first").format(entry=g.entry)
            )
        amount, every = g.amount_mg / model.units.mg, g.steady_every_days / model.units.days
        rate = -2.0 if g.duration_days < 0.0 else 0.0
        if g.duration_days > 0.0:
            rate = amount / (g.duration_days / model.units.days)
        if isinf(every):
            amount, rate, every = 0.0, amount * model.units.days, 0.0
        cmt = 2 if depot and g.route == "iv" else 1
        steady = 0 if not g.steady_every_days else 1 if g.resets else 2
        kind = 1 if steady or not g.resets else 4 if g.amount_mg else 3
        place = [_text(g.day / model.units.days), _text(amount), _text(rate)]
        row = [*place, str(kind), str(cmt), "0", _text(every), str(steady)]
        rows.append((g.day, 1, row))
    for day in samples:
        row = [_text(day / model.units.days), "0", "0", "0", "2" if depot else "1", "0", "0", "0"]
        rows.append((day, 0, row))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(row for _, _, row in sorted(rows, key=lambda r: r[:2]))
    return out.getvalue()


def _number(text: str, column: str, where: str) -> float:
    if text.strip() in _EMPTY:
        return 0.0
    try:
        value = float(text)
    except ValueError as error:
        raise BadDose(
            _("{where}: {column} `{text}` is no number").format(where=where, column=column, text=text.strip())
        ) from error
    if not isfinite(value):
        raise BadDose(
            _("{where}: {column} `{text}` is no number").format(where=where, column=column, text=text.strip())
        )
    return value


def _text(value: float) -> str:
    return repr(int(value)) if value == int(value) else repr(value)
