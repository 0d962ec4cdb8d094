"""Doses as people write them: what is understood, and what `escalate check` says of the others."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from escalate.commands import cli
from escalate.patient.doses import parse_dose


@pytest.mark.parametrize(
    ("text", "mg_per_day"),
    [
        ("1.5g bd", 3000),
        ("500 mg tds", 1500),
        ("250 mg qds", 1000),
        ("20 mg od", 20),
        ("70 mg/Wo", 10),
        ("70 mg/Wo.", 10),
        ("70 mg/Woche", 10),
        ("1-0-1 g", 2000),
        ("1-1-1 g", 3000),
        ("75-0-75 mg", 150),
        ("0,5-0-0,5-1 g", 2000),
        ("10-0-5 mg", 15),
        ("1-0-1 g/Tag", 2000),
    ],
)
def test_a_dose_with_its_times_of_day(text: str, mg_per_day: int) -> None:
    """Abbreviations of two countries, and the sum over the day where each time has its amount."""
    dose = parse_dose(text)

    assert dose is not None
    assert dose.every_days is not None
    assert dose.low * dose.times / dose.every_days == Decimal(mg_per_day)


@pytest.mark.parametrize(
    "text", ["20-10-0 mg", "10-20-30 mg", "0-0-0 mg", "1-0-1 g/week", "1-0-1", "1.000-0-1 mg", "banana"]
)
def test_what_may_be_a_taper_or_has_no_unit_is_no_dose(text: str) -> None:
    """Falling or rising amounts may follow each other over weeks."""
    assert parse_dose(text) is None


def test_check_names_each_dose_that_could_not_be_compared(tmp_path: Path) -> None:
    """With its place and the accepted forms; the file is not refused, and what was compared is not named."""
    file = tmp_path / "d.yaml"
    file.write_text(
        "schema: escalate/patient/v1\nid: d\nassessed_on: 2026-10-12\ntherapies:\n"
        "  - {drug: MTX, dose: 20 mg, weeks: 26, response: none}\n"
        "  - {drug: MMF, dose: banana, weeks: 26, response: none}\n"
        "  - {drug: MMF, dose: 1.5g bd, weeks: 26, response: none}\n"
        "  - {drug: MTX, dose: 20 mg/d, weeks: 26, response: none}\n"
        "  - {drug: tacrolimus, dose: as before, weeks: 26, trough_ng_per_ml: 6}\n",
        encoding="utf-8",
    )

    result = CliRunner().invoke(cli, ["check", str(file)])

    assert result.exit_code == 0
    assert result.output.replace(f"{tmp_path}/", "").splitlines()[1:] == [
        "  d.yaml:8:23: contradiction LINE-DOSE: therapies[3], Methotrexate: `20 mg/d` is a dose by the day, "
        "and this drug is given once a week; is it meant by the week?",
        "  d.yaml:5:23: 20 mg cannot be compared with 15 mg/week",
        "  d.yaml:6:23: the dose `banana` cannot be compared with 2 g/day",
        "  doses are written like `20 mg/week`, `1 g bid`, `1-0-1 g`, `2 mg/kg/day`, `2 g/kg/4 weeks`, "
        "`2 x 1 g`, `750 mg/m2 every 4 weeks`",
    ]
