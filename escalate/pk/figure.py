"""The course of one regimen as a picture: typical curve, band of patients, doses, threshold."""

from __future__ import annotations

import io
from itertools import pairwise
from textwrap import wrap

import numpy as np

from escalate.pk.definition import Array
from escalate.pk.document import Question, default_days
from escalate.pk.simulate import measures, samples, typical_of, without_falling_part
from escalate.pk.spread import band
from escalate.texts import _
from escalate.texts import figure as number

_PERSONS = {True: 1000, False: 100}  # virtual patients of a linear and of a nonlinear model
_POINTS, _POINTS_A_DOSE = 400, 24
_LINE = 120


def picture(q: Question, kind: str) -> bytes:
    """The figure as `svg` or `png`; the same bytes for the same question and version of matplotlib."""
    import matplotlib
    from matplotlib.figure import Figure

    model = q.model
    values = typical_of(model, q.covariates)
    if model.falls and not q.falling:
        values = without_falling_part(values)
    end = max(q.at) if q.at else float(default_days(q, measures(model, values, q.given))[-1])
    day = _days(q, end)
    # Identifiers in the file are made from this text, not at random.
    matplotlib.rcParams["svg.hashsalt"] = model.id
    # Words stay words: they can be searched and read aloud.
    matplotlib.rcParams["svg.fonttype"] = "none"
    figure = Figure(figsize=(8.0, 4.5), layout="constrained")
    axes = figure.add_subplot()
    if q.persons and any(p.varies for p in model.parameters.values()):
        low, high = band(
            model, q.covariates, q.given, day, min(q.persons, _PERSONS[model.is_linear]), q.seed,
            distributions=q.distributions, falling=q.falling,
        )  # fmt: skip
        axes.fill_between(day, low, high, alpha=0.25, linewidth=0, label=_("90 % of virtual patients"))
    axes.plot(day, samples(model, values, q.given, day)[0][:, 0], label=_("typical patient"))
    unit = model.units.concentration.replace("ug/", "µg/")
    if q.threshold is not None:
        name, level = q.threshold
        label = f"{name.upper()} {number(level, 'g')} {unit}"
        axes.axhline(level, linestyle="--", linewidth=1, color="0.3", label=label)
    instants = sorted({g.day for g in q.given})
    axes.plot(instants, np.zeros(len(instants)), "^", color="0.2", clip_on=False, label=_("doses"))
    axes.set_xlabel(_("Time since the first dose (days)"))
    axes.set_ylabel(_("Concentration ({unit})").format(unit=unit))
    axes.set_xlim(0.0, end)
    axes.set_ylim(bottom=0.0)
    if model.caveats:
        # A picture travels without its page: what it must not be taken for goes with it.
        figure.supxlabel("\n".join(wrap(model.caveats[0], _LINE)), fontsize=7, color="0.3")
    axes.set_title(f"{model.drug} ({model.id})", fontsize=10)
    axes.legend(frameon=False, fontsize=8)
    out = io.BytesIO()
    figure.savefig(out, format=kind, metadata={"Date": None} if kind == "svg" else {"Software": None})
    return out.getvalue()


def _days(q: Question, end: float) -> Array:
    """Days of the curve: evenly, and closer between two doses, with the instant before each."""
    starts = sorted({g.day for g in q.given if g.day < end})
    marks = [0.0, *starts, end]
    steps = [np.linspace(a, b, _POINTS_A_DOSE) for a, b in pairwise(marks) if b > a]
    before = [np.nextafter(day, 0.0) for day in starts if day > 0.0]
    return np.unique(np.concatenate([np.linspace(0.0, end, _POINTS), *steps, before]))
