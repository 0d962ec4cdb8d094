"""The 18 regimens of the case series through the teclistamab model, beside the ranges it printed.

Run `python docs/validation/teclistamab_series.py` from a checkout; it rewrites teclistamab-series.md.
Nothing is fitted: every assumption stands in the page.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from escalate.files.knowledge_base import load_knowledge
from escalate.pk.definition import Model
from escalate.pk.entries import Given
from escalate.pk.model import load
from escalate.pk.schedule import flat
from escalate.pk.simulate import Measures, measures, typical_of, without_falling_part

HERE = Path(__file__).parent
# Cumulative dose in mg/kg of patients 1 to 18 as Table 1 prints it; the number of target doses is derived.
CUMULATIVE = (4.16, 8.66, 5.66, 4.86, 4.16, 4.16, 6.36, 6.36, 6.36, 6.36, 6.36, 6.36, 6.36, 6.36, 6.36,
              6.36, 6.36, 3.36)  # fmt: skip
STEPS = {3.36: (2, False), 4.16: (2, True), 4.86: (3, False), 5.66: (3, True), 6.36: (4, False),
         8.66: (5, True)}  # fmt: skip
WEIGHTS = (50.0, 74.0, 100.0)
PRINTED = {"auc_0_inf": (197.0, 814.0), "t_above": (11.0, 50.0), "auc_above": (87.0, 682.0)}
TITLES = {"auc_0_inf": "AUC 0-inf (ug/mL * day)", "t_above": "time above EC90 (days)",
          "auc_above": "AUC above EC90 (ug/mL * day)"}  # fmt: skip


def regimen(cumulative: float, between_steps: float, between_targets: float) -> list[Given]:
    """Administrations per kg: the step-up doses, then the target doses."""
    targets, third = STEPS[cumulative]
    amounts = [0.06, 0.3, *([0.8] if third else [])]
    days = [between_steps * i for i in range(len(amounts))]
    first = between_steps * len(amounts)
    days += [first + between_targets * i for i in range(targets)]
    doses = [*amounts, *[1.5] * targets]
    assert abs(sum(doses) - cumulative) < 1e-9
    return [Given(d, a, "kg", "sc", 0.0, "") for d, a in zip(days, doses, strict=True)]


def both(
    model: Model, cumulative: float, weight: float, steps: float = 3.0, targets: float = 7.0
) -> tuple[Measures, Measures]:
    """The typical patient with and without the time-dependent clearance."""
    values = typical_of(model, {"weight_kg": weight})
    given = flat(regimen(cumulative, steps, targets), weight, None)
    level = model.thresholds["ec90"]
    return measures(model, values, given, level), measures(model, without_falling_part(values), given, level)


# Of two patients the text gives the day of the last injection and of death: number, mg/kg, both days.
DIED = ((6, 4.16, 18.0, 20.0), (18, 3.36, 12.0, 24.0))


def until_death(model: Model, cumulative: float, last: float, died: float) -> str:
    """Exposure at 74 kg with the last injection on its stated day, to infinity and to the day of death."""
    doses = regimen(cumulative, 3.0, 7.0)
    given = flat([*doses[:-1], doses[-1]._replace(day=last)], 74.0, None)
    values, level = typical_of(model, {"weight_kg": 74.0}), model.thresholds["ec90"]
    found = measures(model, values, given, level)
    # What comes after the day of death is taken out.
    alive = measures(model, values, [*given, Given(died, 0.0, "", "sc", 0.0, "", resets=True)], level)
    cells = [
        f"{getattr(found, name)[0]:.0f}, {getattr(alive, name)[0]:.0f}"
        for name in ("auc_0_inf", "t_above", "auc_above")
    ]
    return " | ".join(cells)


Pair = tuple[float, float]


def ranges(model: Model, steps: float, targets: float, weights: tuple[float, ...]) -> dict[str, Pair]:
    """Lowest and highest of each measure over the series' regimens and these weights."""
    found = [both(model, c, w, steps, targets)[0] for c in sorted(STEPS) for w in weights]
    return {
        name: (min(float(getattr(m, name)[0]) for m in found), max(float(getattr(m, name)[0]) for m in found))
        for name in PRINTED
    }


def page(model: Model) -> str:
    """The page in Markdown."""
    lines = [
        "# Teclistamab: the 18 regimens of the case series",
        "",
        "Written by `docs/validation/teclistamab_series.py`; nothing is fitted to the printed ranges.",
        "",
        "Assumed, because the article prints none of it: everybody weighs 74 kg unless a weight is named;",
        "injections 3 days apart during step-up and before the first target dose, target doses 7 days apart;",
        "the third step-up dose of 0.8 mg/kg where the cumulative dose needs it; ISS stage I and IgG type;",
        "the typical patient of the model. EC90 is 6.04 ug/mL; the AUC above it is the integral of C while",
        "C >= EC90, not of the excess.",
        "",
        "## Each patient at 74 kg",
        "",
        "| nr | mg/kg | target doses | AUC 0-inf | days above | AUC above | AUC without CL2 "
        "| difference, % of AUC with it | difference, % of AUC without it |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    increases, decreases = [], []
    for number, cumulative in enumerate(CUMULATIVE, 1):
        falling, constant = both(model, cumulative, 74.0)
        a, a0 = float(falling.auc_0_inf[0]), float(constant.auc_0_inf[0])
        increases.append(100 * (a0 / a - 1))
        decreases.append(100 * (1 - a / a0))
        lines.append(
            f"| {number} | {cumulative} | {STEPS[cumulative][0]} | {a:.0f} | {falling.t_above[0]:.1f} | "
            f"{falling.auc_above[0]:.0f} | {a0:.0f} | {100 * (a0 / a - 1):.1f} | {100 * (1 - a / a0):.1f} |"
        )
    lines += [
        "",
        "## Ranges beside the printed ones",
        "",
        "| measure | printed | 74 kg | 50 to 100 kg | 50 to 100 kg, steps 4 days and targets 14 days apart |",
        "|---|---|---|---|---|",
    ]
    cases = ((3.0, 7.0, (74.0,)), (3.0, 7.0, WEIGHTS), (4.0, 14.0, WEIGHTS))
    columns = [ranges(model, *case) for case in cases]
    for name, (low, high) in PRINTED.items():
        cells = " | ".join(_beside(c[name], (low, high)) for c in columns)
        lines.append(f"| {TITLES[name]} | {low:.0f} to {high:.0f} | {cells} |")
    light, middle, heavy = (measured_at(model, w) for w in WEIGHTS)
    lines += [
        "",
        "In brackets: how far our lower and upper end lie from the printed ones, in percent of the printed.",
        "",
        "## Two patients of whom the text says more",
        "",
        "Of patients 6 and 18 the text gives the days of the last injection and of death. At 74 kg, to",
        "infinity and up to the day of death; the article counts both among its lowest simulated exposures.",
        "",
        "| nr | mg/kg | last injection | death | AUC | days above | AUC above |",
        "|---|---|---|---|---|---|---|",
        *(
            f"| {nr} | {mg} | day {last:.0f} | day {died:.0f} | {until_death(model, mg, last, died)} |"
            for nr, mg, last, died in DIED
        ),
        "",
        "## What the assumptions do",
        "",
        f"- Weight alone at 6.36 mg/kg: {light:.0f} at 50 kg, {middle:.0f} at 74 kg, {heavy:.0f} at 100 kg",
        "  (AUC), because the dose grows with weight, CL1 with its power 0.704 and CL2 not at all.",
        "- Without the time-dependent clearance the AUC differs by "
        f"{min(increases):.0f} to {max(increases):.0f} % of the AUC with it",
        f"  (median {np.median(increases):.1f} %), or by {min(decreases):.0f} to {max(decreases):.0f} % "
        f"of the AUC without it (median {np.median(decreases):.1f} %).",
        "  The article prints a median of +33.5 % and no denominator; it lies beside the second.",
        "- The weights and injection days of the 18 patients, and the covariates of their simulation, are",
        "  not printed; they would decide the ends of the ranges. The differences stand as they are.",
        "",
    ]
    return "\n".join(lines)


def _beside(own: Pair, printed: Pair) -> str:
    apart = " / ".join(f"{100 * (a / b - 1):+.0f} %" for a, b in zip(own, printed, strict=True))
    return f"{own[0]:.0f} to {own[1]:.0f} ({apart})"


def measured_at(model: Model, weight: float) -> float:
    """AUC of 6.36 mg/kg at one weight."""
    return float(both(model, 6.36, weight)[0].auc_0_inf[0])


if __name__ == "__main__":
    library = load_knowledge(HERE.parent.parent)
    text = page(load(library.pk_models["teclistamab_miao_2023"]))
    (HERE / "teclistamab-series.md").write_text(text, encoding="utf-8")
    print(text)
