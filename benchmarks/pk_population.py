"""Virtual teclistamab patients, 120 days hourly with areas and threshold measures, beside scipy's LSODA.

Run `python benchmarks/pk_population.py`. LSODA runs at rtol 1e-8, one patient after the other in one
process, with hourly output, the area as a fourth equation and threshold times from that output; 40
patients are timed and scaled. Ours is exact in the threshold times. Only ratios mean something elsewhere.
"""

from __future__ import annotations

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from escalate.files.knowledge_base import load_knowledge
from escalate.pk.exposure import survey
from escalate.pk.model import Persons, load, typical_person
from escalate.pk.population import virtual_persons
from escalate.pk.regimen import Doses, doses

COUNT, SAMPLE = 10_000, 40
LEVEL = 6.04
DAY = np.array([0.0, 3.0, 6.0, 13.0, 20.0, 27.0])
MG = 74.0 * np.array([0.06, 0.3, 1.5, 1.5, 1.5, 1.5])
HOURLY = np.arange(120 * 24 + 1) / 24.0


def seconds(run: Callable[[], object], times: int = 3) -> float:
    """The fastest of several runs."""
    best = float("inf")
    for _ in range(times):
        start = perf_counter()
        run()
        best = min(best, perf_counter() - start)
    return best


def by_lsoda(persons: Persons, given: Doses) -> None:
    """Each patient dose interval by dose interval, with hourly values."""
    from scipy.integrate import solve_ivp

    def slope(t: float, y: np.ndarray, cl1: float, cl2: float, kdes: float, *rates: float) -> list[float]:
        v1, v2, q, ka = rates
        clearance = cl1 + cl2 * np.exp(-kdes * t)
        out = q / v1 * y[1] - q / v2 * y[2]
        return [-ka * y[0], ka * y[0] - clearance / v1 * y[1] - out, out, y[1] / v1]

    for i in range(len(persons)):
        *parameters, f = (float(getattr(persons, name)[i]) for name in Persons.__slots__)
        y = np.zeros(4)
        c = np.zeros(HOURLY.size)
        for j, day in enumerate(given.day):
            y[0] += f * given.depot_mg[j, 0]
            stop = given.day[j + 1] if j + 1 < given.day.size else 120.0
            here = (day <= HOURLY) & (stop >= HOURLY)
            at = HOURLY[here]
            solved = solve_ivp(slope, (day, stop), y, "LSODA", at, args=parameters, rtol=1e-8, atol=1e-10)
            c[here] = solved.y[1] / parameters[3]
            y = solved.y[:, -1]
        above = c >= LEVEL
        _ = above.sum() / 24.0, c[above].sum() / 24.0, c.max()


def main() -> None:
    """Measure and print."""
    library = load_knowledge(Path(__file__).parent.parent)
    model = load(library.pk_models["teclistamab_miao_2023"])  # type: ignore[arg-type]
    covariates = {"weight_kg": 74.0}
    given = doses(DAY, MG)
    typical_person(model, covariates)
    persons = virtual_persons(model, covariates, COUNT, 1)

    def ours(count: int, day: np.ndarray) -> float:
        some = persons.take(np.arange(count))
        return seconds(lambda: [None for _ in survey(some, given, LEVEL, day)], 2)

    whole = ours(COUNT, HOURLY)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lsoda = seconds(lambda: by_lsoda(persons.take(np.arange(SAMPLE)), given), 1) * COUNT / SAMPLE
    imports = subprocess.run(
        [sys.executable, "-c",
         "from time import perf_counter as t; a = t(); import numpy, scipy.integrate; print(t() - a)"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    thousand = ours(1000, HOURLY[:1])
    speed = f"{lsoda / whole:.0f} times faster; peak {memory:.0f} MB"
    part = f"{thousand / float(imports.stdout):.2f} of importing numpy and scipy.integrate"
    rows = (
        ("LSODA, one process", lsoda, ""),
        (f"{COUNT} patients, hourly, with measures", whole, speed),
        (f"{COUNT // 2} patients", ours(COUNT // 2, HOURLY), "half the patients"),
        (f"{COUNT} patients, every 4 h", ours(COUNT, HOURLY[::4]), "a quarter of the points"),
        ("1000 patients, measures only", thousand, part),
    )
    for label, value, note in rows:
        print(f"{label:42} {value:9.3f} s   {note}")


if __name__ == "__main__":
    main()
