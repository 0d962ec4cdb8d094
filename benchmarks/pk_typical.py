"""Time of one typical exposure and of one 90 % interval, beside scipy's LSODA on the same equations.

Run `python benchmarks/pk_typical.py`. Times are CPU milliseconds, the lowest of several runs; only the
ratios mean something on another machine. LSODA runs at rtol 1e-8, one person after the other, to where
the typical course ends, with the area as a fourth equation and without locating any threshold.
"""

from __future__ import annotations

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from time import process_time

import numpy as np
import yaml

sys.path.insert(0, str(Path(__file__).parent.parent))

from escalate.pk.exposure import typical
from escalate.pk.model import Persons, load, typical_person
from escalate.pk.population import interval, virtual_persons
from escalate.pk.regimen import Doses, doses
from escalate.pk.solve import solve

DATA = Path(__file__).parent.parent / "knowledge" / "pk" / "teclistamab.yaml"
WEIGHT_KG = 74.0
SCHEDULE = ((0.0, 0.06), (3.0, 0.3), (6.0, 1.5), (13.0, 1.5), (20.0, 1.5), (27.0, 1.5))  # day, mg/kg


def plain(node: yaml.Node) -> object:
    """The node as a plain mapping with decimals."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [plain(value) for value in node.value]
    try:
        return Decimal(node.value) if node.style is None else node.value
    except ArithmeticError:
        return node.value


def lowest(run: Callable[[], object], times: int) -> float:
    """CPU milliseconds of the fastest run."""
    best = float("inf")
    for _ in range(times):
        start = process_time()
        run()
        best = min(best, process_time() - start)
    return 1000.0 * best


def by_lsoda(persons: Persons, given: Doses, end: float) -> None:
    """Each person by scipy's LSODA, dose interval by dose interval."""
    from scipy.integrate import solve_ivp

    def slope(t: float, y: np.ndarray, cl1: float, cl2: float, kdes: float, *rates: float) -> list[float]:
        v1, v2, q, ka = rates
        clearance = cl1 + cl2 * np.exp(-kdes * t)
        to_periphery = q / v1 * y[1] - q / v2 * y[2]
        return [-ka * y[0], ka * y[0] - clearance / v1 * y[1] - to_periphery, to_periphery, y[1] / v1]

    for i in range(len(persons)):
        *parameters, f = (float(getattr(persons, name)[i]) for name in Persons.__slots__)
        y = np.zeros(4)
        y = np.zeros(4)
        for j, day in enumerate(given.day):
            y[0] += f * given.depot_mg[j, 0]
            stop = given.day[j + 1] if j + 1 < given.day.size else end
            solution = solve_ivp(slope, (day, stop), y, "LSODA", args=parameters, rtol=1e-8, atol=1e-10)
            y = solution.y[:, -1]


def main() -> None:
    """Measure and print."""
    model = load(plain(yaml.compose(DATA.read_text())))  # type: ignore[arg-type]
    covariates = {"weight_kg": WEIGHT_KG}
    given = doses(np.array([d for d, _ in SCHEDULE]), WEIGHT_KG * np.array([x for _, x in SCHEDULE]))
    person = typical_person(model, covariates)
    course = solve(person, given, threshold=model.thresholds["ec90"])
    end = float(course.start[-1] + course.length[-1])
    both = person.beside(person.without_falling_part())
    some = virtual_persons(model, covariates, 20, 1)

    numpy_import = 1000.0 * float(
        subprocess.run(
            [sys.executable, "-c",
             "from time import process_time as t; a = t(); import numpy; print(t() - a)"],
            capture_output=True, text=True, check=True,
        ).stdout
    )  # fmt: skip
    one = lowest(lambda: typical(model, given, covariates, "ec90"), 30)
    spread = lowest(lambda: interval(model, given, covariates, "ec90"), 8)
    one_lsoda = lowest(lambda: by_lsoda(both, given, end), 5)
    count = model.virtual[1]
    spread_lsoda = lowest(lambda: by_lsoda(some, given, end), 2) * count / len(some)

    rows = (
        ("import numpy", numpy_import, ""),
        ("typical exposure, with and without CL2", one, f"{one / numpy_import:.3f} of importing numpy"),
        ("the same two courses by LSODA", one_lsoda, f"{one_lsoda / one:.1f} times as long"),
        (f"interval of {count} virtual persons", spread, f"{spread / numpy_import:.3f} of importing numpy"),
        ("the same persons by LSODA", spread_lsoda, f"{spread_lsoda / spread:.1f} times as long"),
    )
    for label, milliseconds, ratio in rows:
        print(f"{label:40} {milliseconds:9.2f} ms   {ratio}")


if __name__ == "__main__":
    main()
