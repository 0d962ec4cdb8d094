"""EULAR/ACR 2017 (dossier 2.3): both columns stand in the knowledge, as documentation and never as a gate."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
CRITERIA: dict[str, Any] = yaml.safe_load(
    (ROOT / "knowledge" / "parameters" / "classification.yaml").read_text(encoding="utf-8")
)["eular_acr_2017"]
COLUMNS = ("without_biopsy", "with_biopsy")


def test_sixteen_items_of_which_four_need_a_biopsy() -> None:
    """An item of the biopsy has no weight in the score without one."""
    items = CRITERIA["items"]

    assert len(items) == 16
    assert sum(item["without_biopsy"] == "none" for item in items.values()) == 4
    assert all(item["with_biopsy"] > 0 for item in items.values())


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("name", ["definite", "probable", "possible"])
def test_a_cut_off_lies_where_the_probability_says(name: str, column: str) -> None:
    """The printed score of a class is where the formula gives its probability, to 2 percent points."""
    found = CRITERIA["classes"][name]
    probability = 100 / (1 + math.exp(CRITERIA["midpoint"][column] - found[column]))

    assert probability == pytest.approx(found["probability_percent"], abs=2)


def test_the_columns_are_not_swapped() -> None:
    """A web reproduction swaps them: Gottron sign weighs 3.3 without and 3.7 with a biopsy."""
    assert [CRITERIA["items"]["gottron_sign"][column] for column in COLUMNS] == [3.3, 3.7]


def test_the_score_is_never_a_gate() -> None:
    """No rule and no program reads it."""
    readers = [*ROOT.glob("rules/**/*.yaml"), *ROOT.glob("escalate/**/*.py")]

    assert [p.name for p in readers if "eular_acr_2017" in p.read_text(encoding="utf-8")] == []
