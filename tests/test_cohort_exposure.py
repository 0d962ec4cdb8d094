"""Exposure of each patient to a therapy's regimen: what `assess` says, for many at once."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import Result
from helpers_registry import cohort, knowledge, lines, patient

from escalate.library.model import Library
from escalate.plan.exposure import MEASURES, exposure_of
from escalate.plan.exposures import exposures_of

WEIGHTS = [Decimal(text) for text in ("41", "52.5", "74", "74.1", "120")]


def test_many_weights_at_once_give_what_each_gives_alone(library: Library) -> None:
    """To the last digit that a report shows; a weight that the model does not accept gives nothing."""
    therapy = library.therapies["teclistamab"]
    model, regimen = library.pk_models[therapy.pk_model], therapy.regimens[0]
    found = exposures_of(model, regimen, [*WEIGHTS, Decimal(600)])
    alone = [exposure_of(model, regimen, weight) or {} for weight in WEIGHTS]

    assert found[-1] is None
    assert [one and list(one) for one in found[:-1]] == [list(MEASURES)] * len(WEIGHTS)
    for one, expected in zip(found, alone, strict=False):
        assert one == pytest.approx({name: expected[name] for name in MEASURES}, rel=1e-9)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("exposure")


@pytest.fixture(scope="module")
def done(place: Path) -> Result:
    people = [patient("a"), patient("b", demographics={"weight_kg": 74.1}), patient("c")]
    people.append(patient("none", demographics=None))
    registry = lines(place / "r.jsonl", people)
    return cohort(
        registry, "-o", place / "out.parquet", "--knowledge", knowledge(place / "kb"), "--workers", 1,
        "--exposure", "TECVAYLI", "--part", 2,
    )  # fmt: skip


def test_every_patient_has_a_row_and_one_without_a_weight_has_nulls(
    done: Result, place: Path, library: Library
) -> None:
    """Columns carry their units, and the row says why nothing was computed."""
    rows = {row.pop("patient"): row for row in pq.read_table(place / "out.exposure.parquet").to_pylist()}
    therapy = library.therapies["teclistamab"]
    expected = exposure_of(library.pk_models[therapy.pk_model], therapy.regimens[0], Decimal("74.1")) or {}

    assert rows["a"] == rows["c"] != rows["b"]
    assert rows["b"] == {
        "weight_kg": 74.1,
        "regimen": therapy.regimens[0].id,
        "without_exposure": None,
        **{name: pytest.approx(expected[name], rel=1e-9) for name in MEASURES},
    }
    assert rows["none"] == {
        "weight_kg": None,
        "regimen": therapy.regimens[0].id,
        "without_exposure": "no_weight",
        **dict.fromkeys(MEASURES),
    }


def test_who_has_no_exposure_is_counted(done: Result) -> None:
    """On the screen, beside the name of the file."""
    assert "3 computed, 1 without a weight, 0 outside those of the model" in done.stderr


def test_a_therapy_without_a_model_is_refused_before_anything_is_read(place: Path) -> None:
    """With those that have one."""
    refused = cohort(place, "-o", place.parent / "x.parquet", "--exposure", "ivig")

    assert "--exposure ivig: it has no regimen with a model; these have: teclistamab" in str(
        refused.exception
    )
    assert not (place / ".x.parquet.parts").exists()
