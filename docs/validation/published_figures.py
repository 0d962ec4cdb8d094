"""Every figure published for a shipped model beside what the model gives, each with its grade.

Run `python docs/validation/published_figures.py` from a checkout; it rewrites published-figures.md. The
figures stand under `checks` in knowledge/pk, and nothing is fitted to them. Virtual patients have the
covariates named and a fixed seed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from escalate.files.knowledge_base import load_knowledge
from escalate.pk.definition import Array, Model
from escalate.pk.entries import Given, read_entries
from escalate.pk.igg import load_igg
from escalate.pk.model import load
from escalate.pk.population import virtual_values
from escalate.pk.schedule import flat, routed
from escalate.pk.simulate import measures, one_by_one, samples, typical_of

HERE = Path(__file__).parent
SEED = 2023
MANY, FEW = 2000, 100  # virtual patients of a linear and of a nonlinear model
Answer = tuple[str, list[float]]  # how it was computed, and the figures
Ours = Callable[[Model], Answer]
WEEKLY = ("0.06 mg/kg @0", "0.3 mg/kg @3", "1.5 mg/kg every 7 d x13 @6")


def given(model: Model, *texts: str, weight: float = 74.0, bsa: float | None = None) -> tuple[Given, ...]:
    """Administrations as people write them."""
    return routed(flat(read_entries(texts), weight, bsa), model, None)


def within(
    model: Model, values: Mapping[str, Array], doses: tuple[Given, ...], first: float, last: float
) -> dict[str, Array]:
    """Highest and last concentration, its time after `first`, and area between two days, per person."""
    at = np.linspace(first, last, 1001 if np.size(values[next(iter(values))]) == 1 else 169)
    c, area = samples(model, values, doses, at, before=True)
    c_max = np.maximum(c.max(axis=0), samples(model, values, doses, [first])[0][0])
    top = at[c.argmax(axis=0)] - first
    return {"c_max": c_max, "c_min": c[-1], "day": top, "area": area[-1] - area[0]}


def half_life(model: Model, values: Mapping[str, Array], day: float) -> float:
    """Of the last phase, from two concentrations far out, in the model's unit of time."""
    c, _ = samples(model, values, given(model, "1 g over 1 h @0"), [day, 1.2 * day])
    return float(np.log(2) * 0.2 * day / model.units.days / np.log(c[0, 0] / c[1, 0]))


def terminal(day: float, said: str = "typical", **covariates: float) -> Ours:
    """The terminal half-life at these covariates."""
    return lambda m: (said, [half_life(m, typical_of(m, covariates), day)])


# Teclistamab -----------------------------------------------------------------------------------------


def kinds(figure: Callable[[Model, Mapping[str, Array]], float]) -> Ours:
    """A figure of the mean virtual patient of 74 kg, for IgG and for other types of myeloma."""

    def ours(m: Model) -> Answer:
        covariates = ({"weight_kg": 74.0}, {"weight_kg": 74.0, "non_igg_myeloma": 1.0})
        return "mean of IgG type, then of other types", [
            figure(m, virtual_values(m, c, MANY, SEED)) for c in covariates
        ]

    return ours


def share(m: Model, v: Mapping[str, Array]) -> float:
    """Mean share of CL2 in the clearance at the first dose."""
    return float(np.mean(v["CL2"] / (v["CL1"] + v["CL2"])))


def fall(m: Model, v: Mapping[str, Array]) -> float:
    """Mean part by which the clearance has fallen at the 13th target dose, day 90."""
    return float(np.mean(v["CL2"] * -np.expm1(-v["kdes"] * 90.0) / (v["CL1"] + v["CL2"])))


def near_steady(m: Model, v: Mapping[str, Array]) -> float:
    """Mean area over the 12th weekly interval, as a part of F dose / CL1."""
    own = within(m, v, given(m, *WEEKLY), 6.0 + 77.0, 6.0 + 84.0)["area"]
    return float(np.mean(own / (v["F"] * 111.0 / v["CL1"])))


def accumulation(name: str) -> Callable[[Model, Mapping[str, Array]], float]:
    """Mean of the 7th weekly interval over the first one."""

    def figure(m: Model, v: Mapping[str, Array]) -> float:
        first, seventh = (
            within(m, v, given(m, *WEEKLY), 6.0 + 7.0 * i, 13.0 + 7.0 * i)[name] for i in (0, 6)
        )
        return float(np.mean(seventh / first))

    return figure


def of_dose(number: int) -> Ours:
    """Mean Cmax, Ctrough (ug/mL) and area (ug h/mL) of one weekly target dose, IgG type, 74 kg."""

    def ours(m: Model) -> Answer:
        v, start = virtual_values(m, {"weight_kg": 74.0}, MANY, SEED), 6.0 + 7.0 * (number - 1)
        own = within(m, v, given(m, *WEEKLY), start, start + 7.0)
        return "mean of IgG type", [
            float(own["c_max"].mean()), float(own["c_min"].mean()), 24.0 * float(own["area"].mean())
        ]  # fmt: skip

    return ours


def half_lives(m: Model) -> Answer:
    """ln 2 V / CL in days with the clearance of the first dose and of day 90; no slope of the course."""
    v = typical_of(m, {"weight_kg": 74.0})
    clearances = (v["CL1"] + v["CL2"] * np.exp(-v["kdes"] * day) for day in (0.0, 90.0))
    return "typical ln 2 (V1 + V2) / CL", [
        float((np.log(2) * (v["V1"] + v["V2"]) / x)[0]) for x in clearances
    ]


def peak_times(m: Model) -> Answer:
    """Hours to the peak of the first and of the 13th weekly target dose."""
    v = typical_of(m, {"weight_kg": 74.0})
    found = [24.0 * float(within(m, v, given(m, *WEEKLY), d, d + 7.0)["day"][0]) for d in (6.0, 90.0)]
    return "typical; the first peak lies at the end of the week", found


def parameter(combine: Callable[[Mapping[str, Array]], Array], said: str = "typical") -> Ours:
    """From the parameters of the typical person at the model's defaults (74 kg for teclistamab)."""

    def ours(m: Model) -> Answer:
        covariates = {"weight_kg": 74.0} if "weight_kg" in m.ranges else {}
        return said, [float(combine(typical_of(m, covariates))[0])]

    return ours


# The others ------------------------------------------------------------------------------------------


def plateau(rate: int) -> Ours:
    """Steady state of a blinatumomab infusion: typical, and the mean of virtual patients."""

    def ours(m: Model) -> Answer:
        doses = given(m, f"{rate} ug/day over 28 d @0")
        people = (typical_of(m, {}), virtual_values(m, {}, MANY, SEED))
        return "typical, then mean", [float(samples(m, v, doses, [20.0])[0].mean()) for v in people]

    return ours


def dose_area(text: str) -> Ours:
    """Area of one dose, which is that of an interval at steady state: typical and geometric mean."""

    def ours(m: Model) -> Answer:
        doses = given(m, text)
        areas = (
            measures(m, v, doses).auc_0_inf for v in (typical_of(m, {}), virtual_values(m, {}, MANY, SEED))
        )
        return "typical, then geometric mean", [float(np.exp(np.log(a).mean())) for a in areas]

    return ours


def last_interval(text: str, days: float, name: str) -> Ours:
    """The last interval of many doses, typical."""

    def ours(m: Model) -> Answer:
        doses = given(m, text)
        own = within(m, typical_of(m, {}), doses, doses[-1].day, doses[-1].day + days)[name]
        return "typical", [float(own[0]) / (m.units.days if name == "hours" else 1.0)]

    return ours


@cache
def _week_of_elranatamab(few: bool) -> dict[str, Array]:
    m = load(DATA["elranatamab_hibma_2026"])
    values = virtual_values(m, {}, FEW, SEED) if few else typical_of(m, {})
    return within(m, values, given(m, "12 mg @0", "32 mg @3", "76 mg @7"), 7.0, 14.0)


def free_elranatamab(name: str) -> Ours:
    """Free drug in the week after the first 76 mg: typical, then the geometric mean of few patients."""

    def ours(m: Model) -> Answer:
        weeks = [_week_of_elranatamab(few) for few in (False, True)]
        figures = [week["c_max"] if name == "c_max" else week["area"] / 7.0 for week in weeks]
        found = [float(np.exp(np.log(x).mean())) for x in figures]
        return f"typical, then geometric mean of {FEW}", found

    return ours


def total_elranatamab(m: Model) -> Answer:
    """Half-life of all drug in the body, free and bound, late in the course."""
    from escalate.pk.nonlinear import follow

    (p,) = one_by_one(typical_of(m, {}))
    course = follow(m, p, given(m, "76 mg every 7 d x12 @0"), 200.0)
    bodies = []
    for day in (120.0, 150.0):
        piece = next(x for x in course.pieces[::-1] if x.t[0] <= day)
        bodies.append(float(piece.state(day)[1:3].sum()))
    return "typical, days 120 to 150 of a weekly course", [30.0 * np.log(2) / np.log(bodies[0] / bodies[1])]


def daratumumab(*texts: str, peak: bool = False) -> Ours:
    """Troughs before the doses of weeks 1, 4, 8, 24 and 52, or the highest concentration."""

    def ours(m: Model) -> Answer:
        doses, values = given(m, *texts, weight=78.6), typical_of(m, {})
        if peak:
            return "typical", [float(measures(m, values, doses).c_max[0])]
        days = [7.0, 28.0, 56.0, 168.0, 364.0]
        return "typical", [float(x) for x in samples(m, values, doses, days, before=True)[0][:, 0]]

    return ours


SC = ("1800 mg sc every 7 d x8 @0", "1800 mg sc every 14 d x8 @56", "1800 mg sc every 28 d x8 @168")
IV = ("16 mg/kg over 7 h @0", "16 mg/kg over 3.5 h every 7 d x7 @7", "16 mg/kg over 3.5 h every 14 d x8 @56",
      "16 mg/kg over 3.5 h every 28 d x8 @168")  # fmt: skip


@cache
def _interval_of_tocilizumab(few: bool) -> dict[str, Array]:
    m, at = load(DATA["tocilizumab_frey_2010"]), np.array([308.0, 308.0 + 1 / 24, 336.0])
    values = virtual_values(m, {"female": 1.0}, FEW, SEED) if few else typical_of(m, {"female": 1.0})
    doses = given(m, "8 mg/kg over 1 h every 28 d x12 @0", weight=70.0)
    c, area = samples(m, values, doses, at, before=True)
    return {"area": (area[2] - area[0]) * 24.0, "c_max": c[1], "c_min": c[2]}


def tocilizumab(name: str) -> Ours:
    """The 12th interval of 8 mg/kg every 4 weeks, women of 70 kg."""

    def ours(m: Model) -> Answer:
        found = [float(_interval_of_tocilizumab(few)[name].mean()) for few in (False, True)]
        return f"typical woman of 70 kg, then mean of {FEW}", found

    return ours


def ratio(name: str, a: float, b: float) -> Ours:
    """Clearance at one value of a covariate over that at another."""
    return lambda m: (
        "typical",
        [float(typical_of(m, {name: a})["CL"][0] / typical_of(m, {name: b})["CL"][0])],
    )


def igg_weeks(m: Model) -> Answer:
    """From 10.5 g/L, and with none and a fifth of the production left."""
    igg = load_igg(DATA[m.id], 10.5)
    return "from 10.5 g/L; with no and 20 % residual production", [
        igg.weeks_below(), *(igg._replace(phi_res=x).weeks_below() for x in (0.0, 0.2))
    ]  # fmt: skip


def igg_half_life(level: float) -> Ours:
    """ln 2 over kmin + b G."""
    return parameter(lambda v: np.log(2) / (v["kmin"] + v["b"] * level), "the parameters")


def micromol(m: Model) -> Answer:
    """Dose over clearance at 500 mg/m2 and 1.58 m2, molar mass 261.1 g/mol."""
    v = typical_of(m, {"regimen_500_mg_per_m2": 1.0})
    return "typical dose/CL at 500 mg/m2", [500.0 * 1.58 / float(v["CL"][0]) / 261.1 * 1e3]


OURS: Mapping[str, Mapping[str, Ours]] = {
    "teclistamab_miao_2023": {
        "share of the time-dependent part": kinds(share),
        "mean fall of clearance": kinds(fall),
        "area over the interval after the 12th": kinds(near_steady),
        "accumulation of Cmax": kinds(accumulation("c_max")),
        "accumulation of the area": kinds(accumulation("area")),
        "bioavailability in the earlier analysis": parameter(lambda v: v["F"]),
        "label: bioavailability": parameter(lambda v: v["F"]),
        "label: volume": parameter(lambda v: v["V1"] + v["V2"], "typical V1 + V2"),
        "label: clearance at the 13th": parameter(
            lambda v: v["CL1"] + v["CL2"] * np.exp(-v["kdes"] * 90.0), "typical, day 90"
        ),
        "label: half-life in days": half_lives,
        "label: hours to the peak": peak_times,
        "label: Cmax, Ctrough and area of the first": of_dose(1),
        "label: Cmax, Ctrough and area of the 13th": of_dose(13),
    },
    "elranatamab_hibma_2026": {
        "elimination rate of free drug": parameter(lambda v: v["CL"] / v["Vc"]),
        "elimination rate of the complex": parameter(lambda v: v["CL_complex"] / v["V_complex"]),
        "free Cmax": free_elranatamab("c_max"),
        "free Cavg": free_elranatamab("mean"),
        "terminal half-life of total drug": total_elranatamab,
    },
    "blinatumomab_clements_2020": {
        "mean steady state at 28": plateau(28),
        "mean steady state at 9": plateau(9),
        "half-life in h at 0.37": terminal(2.0, bsa_m2=0.37),
        "half-life in h at 1.31": terminal(2.0, bsa_m2=1.31),
        "half-life in h at 1.88": terminal(2.0, bsa_m2=1.88),
        "half-life in h at 2.7": terminal(2.0, bsa_m2=2.7),
        "half-life in h, noncompartmental": terminal(2.0, bsa_m2=1.876),
    },
    "rituximab_lioger_2017": {
        "terminal half-life in days of the base": terminal(200.0, "typical, IgG 10 g/L"),
        "terminal half-life in days at IgG 5": terminal(200.0, igg_g_per_l=5.0),
        "terminal half-life in days at IgG 25": terminal(200.0, igg_g_per_l=25.0),
    },
    "daratumumab_luo_2021": {
        "subcutaneous troughs": daratumumab(*SC),
        "intravenous troughs": daratumumab(*IV),
        "subcutaneous peak": daratumumab(*SC, peak=True),
        "intravenous peak": daratumumab(*IV, peak=True),
    },
    "tocilizumab_frey_2010": {
        "mean area over 4 weeks": tocilizumab("area"),
        "mean Cmax": tocilizumab("c_max"),
        "mean Cmin": tocilizumab("c_min"),
    },
    "tofacitinib_vong_2021": {
        "area over 12 h at steady state of 10": dose_area("10 mg @0"),
        "area over 12 h at steady state of 5": dose_area("5 mg @0"),
        "half-life in h": parameter(lambda v: np.log(2) * v["V"] / v["CL"]),
    },
    "baricitinib_decker_2024": {
        "clearance CL/F of the adult": parameter(lambda v: v["CLr"] + v["CLnr"]),
        "area over 24 h": dose_area("4 mg @0"),
        "Cmax at steady state": last_interval("4 mg every 24 h x20 @0", 1.0, "c_max"),
    },
    "mycophenolate_rong_2019": {
        f"area over 12 h at steady state of {mg}": last_interval(f"{mg} mg every 12 h x240 @0", 0.5, "area")
        for mg in (500, 750, 1000)
    },
    "tacrolimus_andrews_2019": {
        "ratio of CL/F at 65": ratio("age_years", 65.0, 25.0),
        "ratio of CL/F at 2.25": ratio("bsa_m2", 2.25, 1.5),
        "area over 12 h per mg": dose_area("1 mg @0"),
    },
    "cyclophosphamide_ahmed_2020": {"median half-life": terminal(2.0), "median area": micromol},
    "igg_landersdorfer_2013": {"terminal half-life": terminal(400.0)},
    "igg_tortorici_2021": {"terminal half-life": terminal(200.0)},
    "igg_turnover_after_bcma": {
        "median weeks": igg_weeks,
        "half-life in days at 12": igg_half_life(12.0),
        "half-life in days at 4": igg_half_life(4.0),
        "half-life in days near 0": igg_half_life(0.0),
    },
}
GRADES = """\
Grades: `looked_up_secondary`, read in an open model library that cites table and row; `looked_up_tertiary`,
read in a transcription of a transcription; `abstract_only`; `derived`, computed from other figures; `memory`,
recalled and not looked up: shown, and no test rests on it. Where a cell holds more of ours than one published
figure, each difference is taken from that figure. A figure of a population stands beside virtual patients
whose covariates are named, because the composition of the published cohorts is not printed: of teclistamab,
IgG type and other types of myeloma, between which the published cohort lies."""
DATA: dict[str, Mapping[str, Any]] = {}


def rows(model: Model, checks: list[Mapping[str, Any]]) -> list[str]:
    """One row a published figure; those that cannot be computed say why."""
    out, used = [], set()
    for check in checks:
        value = check["value"]
        published = [float(x) for x in value] if isinstance(value, list | tuple) else [float(value)]
        cells = [check["what"], check["of"], f"**{check['level']}**", _listed(published)]
        if "not_computed" in check:
            out.append(f"| {' | '.join(cells)} | not computed: {check['not_computed']} | |")
            continue
        (key,) = [key for key in OURS[model.id] if check["what"].startswith(key)]
        used.add(key)
        how, ours = OURS[model.id][key](model)
        apart = [100.0 * (a / b - 1.0) for a, b in zip(ours, published * len(ours), strict=False)]
        percent = ", ".join(f"{x:+.1f} %" for x in apart)
        out.append(f"| {' | '.join(cells)} | {_listed(ours)} ({how}) | {percent} |")
    assert used == set(OURS[model.id]), f"{model.id}: {set(OURS[model.id]) - used} has no published figure"
    return out


def _listed(values: list[float]) -> str:
    return ", ".join(f"{x:.4g}" for x in values)


def page(models: Mapping[str, Mapping[str, Any]]) -> str:
    """The page in Markdown."""
    lines = [
        "# Published figures beside the models",
        "",
        "Written by `docs/validation/published_figures.py`; nothing is fitted to a published figure.",
        "",
        GRADES,
        "",
    ]
    for name, data in models.items():
        if "incomplete" in data or not data.get("checks"):
            continue
        DATA[name] = data
        model = load(data)
        head = "| figure | of | grade | published | ours | difference |"
        lines += [f"## {data['title']}", "", head, "|---|---|---|---|---|---|"]
        lines += [*rows(model, list(data["checks"])), ""]
    return "\n".join(lines)


if __name__ == "__main__":
    text = page(load_knowledge(HERE.parent.parent).pk_models)  # type: ignore[arg-type]
    (HERE / "published-figures.md").write_text(text, encoding="utf-8")
    print(text)
