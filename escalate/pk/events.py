"""Event tables with the columns TIME AMT RATE EVID CMT ADDL II SS, as text and as administrations.

TIME and II are in the unit of the model, AMT in its unit of amount. CMT 1 is the depot where the model
has one and the central compartment where it has none; CMT 2 is the central one beside a depot.
RATE > 0 is an infusion, RATE = -2 the model's own duration of input. EVID 0 and 2 are samples.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from math import isfinite

from escalate.pk.definition import Model
from escalate.pk.entries import BadDose, Given

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
            raise BadDose(f"row 1: no column {needed}; the columns are {', '.join(COLUMNS)}")
    given: list[Given] = []
    samples: list[float] = []
    before = 0.0
    for number, row in enumerate(reader, 2):
        where = f"row {number}"
        v = {c: _number((row.get(names[c]) or "") if c in names else "", c, where) for c in COLUMNS}
        if v["TIME"] < 0.0:
            raise BadDose(f"{where}: TIME {v['TIME']:g} lies before the first dose")
        if v["TIME"] < before:
            raise BadDose(f"{where}: TIME {v['TIME']:g} lies before the row above it")
        before = v["TIME"]
        day = v["TIME"] * model.units.days
        has_kind = "EVID" in names and (row.get(names["EVID"]) or "").strip() not in _EMPTY
        kind = v["EVID"] if has_kind else float(v["AMT"] > 0.0)
        if kind in (0.0, 2.0):
            if v["AMT"] > 0.0:
                raise BadDose(f"{where}: an amount on a row that is no dose (EVID {kind:g})")
            if samples and day == samples[-1]:
                raise BadDose(f"{where}: a second sample at TIME {v['TIME']:g}")
            samples.append(day)
        elif kind == 1.0:
            given += _dose(v, day, where, model)
        else:
            raise BadDose(f"{where}: EVID {kind:g} (reset) is not computed; only 0, 1 and 2 are")
    return tuple(sorted(given, key=lambda g: g.day)), tuple(samples)


def _dose(v: Mapping[str, float], day: float, where: str, model: Model) -> list[Given]:
    if v["SS"] != 0.0:
        raise BadDose(f"{where}: SS is not computed; write the doses before it out with ADDL and II")
    if v["AMT"] < 0.0:
        raise BadDose(f"{where}: AMT is negative")
    depot = next((r for r in model.routes if r in ("sc", "oral")), None)
    into_depot = depot is not None and v["CMT"] in (0.0, 1.0)
    if not into_depot and v["CMT"] not in ((2.0,) if depot else (0.0, 1.0)):
        raise BadDose(f"{where}: {model.id} has no compartment {v['CMT']:g} for doses")
    duration = 0.0
    if v["RATE"] > 0.0:
        if into_depot:
            raise BadDose(f"{where}: an infusion into the depot is not computed")
        duration = v["AMT"] / v["RATE"] * model.units.days
    elif v["RATE"] == -2.0:
        duration = -1.0
    elif v["RATE"] != 0.0:
        raise BadDose(f"{where}: RATE {v['RATE']:g} is not 0, above 0 or -2")
    more, interval = v["ADDL"], v["II"] * model.units.days
    if more != int(more) or more < 0.0 or (more and interval <= 0.0):
        raise BadDose(f"{where}: ADDL needs a whole number and II above 0")
    if more and duration > interval:
        raise BadDose(f"{where}: the infusion is longer than its interval")
    mg, route = v["AMT"] * model.units.mg, depot if into_depot and depot else "iv"
    return [Given(day + i * interval, mg, "", route, duration, where) for i in range(int(more) + 1)]


def write_events(given: Sequence[Given], model: Model, samples: Sequence[float] = ()) -> str:
    """The table in CSV; amounts must be flat (`schedule.flat`). Samples stand before a dose at their time."""
    depot = any(r in ("sc", "oral") for r in model.routes)
    rows: list[tuple[float, int, list[str]]] = []
    for g in given:
        if g.per:
            raise BadDose(f"{g.entry}: a table holds flat amounts; give the weight first")
        amount = g.amount_mg / model.units.mg
        rate = -2.0 if g.duration_days < 0.0 else 0.0
        if g.duration_days > 0.0:
            rate = amount / (g.duration_days / model.units.days)
        cmt = 2 if depot and g.route == "iv" else 1
        row = [_text(g.day / model.units.days), _text(amount), _text(rate), "1", str(cmt), "0", "0", "0"]
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
        raise BadDose(f"{where}: {column} `{text.strip()}` is no number") from error
    if not isfinite(value):
        raise BadDose(f"{where}: {column} `{text.strip()}` is no number")
    return value


def _text(value: float) -> str:
    return repr(int(value)) if value == int(value) else repr(value)
