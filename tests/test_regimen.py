"""The published doses in milligrams, millilitres and vials (dossier 9.2)."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from escalate.library.model import DoseStep, Regimen
from escalate.plan.regimen import planned_doses, regimen_of

FOLDER = Path(__file__).parent.parent / "knowledge"


def published() -> list[Regimen]:
    """The regimens of the data file, numbers as the exact decimals that stand there."""
    data = yaml.load((FOLDER / "regimens" / "teclistamab.yaml").read_text(), yaml.BaseLoader)
    return [
        Regimen(
            id=entry["id"],
            title=entry["title"],
            route=entry["route"],
            note=entry["note"],
            source=(),
            steps=tuple(
                DoseStep(s["name"], *(Decimal(s[k]) for k in ("mg_per_kg", "day", "vial_mg", "mg_per_ml")))
                for s in entry["steps"]
            ),
        )
        for entry in data["regimens"]
    ]


def doses_at(kg: str) -> dict[str, tuple[Decimal, Decimal, int]]:
    return {d.name: (d.mg, d.volume_ml, d.vials) for d in planned_doses(published()[0], Decimal(kg))}


def test_the_worked_example_of_70_kg():
    """4.2 mg in 0.42 mL, 21 mg in 2.1 mL and 105 mg in 1.1667 mL, one vial each."""
    planned = doses_at("70")

    assert planned["step-up 1"] == (Decimal("4.2"), Decimal("0.42"), 1)
    assert planned["step-up 2"] == (Decimal("21"), Decimal("2.1"), 1)
    assert planned["target 1"] == (Decimal("105"), Decimal("1.1667"), 1)


@pytest.mark.parametrize(
    ("kg", "step_up_2", "target"),
    [("100", 1, 1), ("100.1", 2, 1), ("102", 2, 1), ("102.1", 2, 2), ("204", 3, 2), ("204.1", 3, 3)],
)
def test_a_dose_that_fills_a_vial_exactly_takes_one(kg, step_up_2, target):
    """30 mg at 100 kg and 153 mg at 102 kg are one vial; a hundredth of a milligram more is two."""
    planned = doses_at(kg)

    vials = [planned[name][2] for name in ("step-up 1", "step-up 2", "target 1")]
    assert vials == [1, step_up_2, target]


def test_milligrams_are_exact():
    """0.3 mg/kg at 100.1 kg is 30.03 mg and 1.5 mg/kg at 102.1 kg is 153.15 mg, to the last digit."""
    assert doses_at("100.1")["step-up 2"][0] == Decimal("30.03")
    assert doses_at("102.1")["target 1"][0] == Decimal("153.15")


def test_no_milligram_without_a_weight():
    """Without a weight there is no regimen, not one in mg/kg that somebody multiplies by a guess."""
    assert regimen_of(published(), None) is None
    assert regimen_of([], Decimal(70)) is None


def test_the_contract_mapping_leads_with_the_median_of_the_series():
    """Six doses, 6.36 mg/kg, the keys of the contract; the other schedules are variants."""
    regimen = regimen_of(published(), Decimal(78))

    assert regimen is not None
    assert regimen["cumulative_mg_per_kg"] == 6.36
    assert [v["cumulative_mg_per_kg"] for v in regimen["variants"]] == [3.36, 4.16, 5.66]
    assert [d["day"] for d in regimen["doses"]] == [0, 3, 6, 13, 20, 27]
    first = {"day": 0, "mg": 4.68, "mg_per_kg": 0.06, "route": "sc", "volume_ml": 0.468, "vials": "1 x 30 mg"}
    assert first.items() <= regimen["doses"][0].items()


def test_every_cumulative_dose_was_given_in_the_series():
    """No schedule is listed whose total nobody in the case series received."""
    given = {Decimal(x) for x in ("3.36", "4.16", "4.86", "5.66", "6.36", "8.66")}

    assert {sum(s.mg_per_kg for s in r.steps) for r in published()} <= given


def test_step_up_doses_keep_the_2_to_4_day_rule():
    """Between step-up doses, and before the first target dose, lie 2 to 4 days; then a week."""
    for regimen in published():
        days = [s.day for s in regimen.steps]
        gaps = [b - a for a, b in pairwise(days)]
        before_target = [s.name.startswith("step-up") for s in regimen.steps[:-1]]
        assert all(2 <= g <= 4 if up else g == 7 for g, up in zip(gaps, before_target, strict=True))
