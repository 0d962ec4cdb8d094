"""Exposure of a cohort to the regimen of a therapy: each weight that occurs is computed once, then joined.

The join runs on the engine: a million patients cost what a thousand weights cost, and a join. The table:

| column                                | holds                                                      |
|---------------------------------------|------------------------------------------------------------|
| `patient`, `regimen`, `weight_kg`     | who gets what; the weight is NULL where nobody knows it    |
| `auc_0_inf_ug_day_per_ml`, ...        | the typical values of `escalate assess`, units in the name |
| `without_exposure`                    | `no_weight` or `weight_outside_model`; NULL where computed |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import ibis

from escalate.cohort.columns import PATIENT
from escalate.cohort.engines import Engine
from escalate.library.model import Library, Regimen
from escalate.problems import UsageError
from escalate.texts import _

if TYPE_CHECKING:
    from ibis.expr.types import Table

WEIGHT = "demographics.weight_kg"
NO_WEIGHT, OUTSIDE = "no_weight", "weight_outside_model"


@dataclass(frozen=True, slots=True)
class Asked:
    """A regimen and the model that it is computed with."""

    regimen: Regimen
    model: Mapping[str, object]


def asked_for(therapy: str, library: Library) -> Asked:
    """The first published regimen of a therapy. Raises: UsageError where it has none, or no model."""
    found = library.therapies[therapy]
    model = library.pk_models.get(found.pk_model)
    if not found.regimens or not isinstance(model, Mapping):
        names = [one.id for one in library.therapies.values() if one.regimens and one.pk_model]
        message = _("--exposure {therapy}: it has no regimen with a model; these have: {names}")
        raise UsageError(message.format(therapy=therapy, names=", ".join(names) or "-"))
    return Asked(found.regimens[0], model)


def write_exposure(
    asked: Asked, facts: Sequence[Path], folder: Path, target: Path, engine: Engine
) -> dict[str | None, int]:
    """Write the table of exposures; how many patients have none, by the reason (None: they have one).

    Args: facts, the files of the facts; folder, where the values by weight are put down for the engine.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    from escalate.plan.exposure import MEASURES
    from escalate.plan.exposures import exposures_of

    weighed = _weighed(engine.table(facts))
    distinct = engine.rows(weighed.select("weight_kg").distinct().order_by("weight_kg"))
    weights = [weight for weight in distinct.column("weight_kg").to_pylist() if weight is not None]
    found = exposures_of(asked.model, asked.regimen, [Decimal(repr(weight)) for weight in weights])
    rows = [{"by_weight_kg": w, **one} for w, one in zip(weights, found, strict=True) if one is not None]
    names = list(MEASURES)
    schema = pa.schema([(name, pa.float64()) for name in ("by_weight_kg", *names)])
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "exposure-by-weight.parquet"
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)
    whole = _joined(weighed, engine.table([path]), names, asked.regimen.id)
    engine.save(whole, target)
    counted = engine.rows(whole.group_by("without_exposure").agg(patients=whole.count()))
    return {row["without_exposure"]: row["patients"] for row in counted.to_pylist()}


def _weighed(facts: Table) -> Table:
    weight = facts[WEIGHT].cast("float64") if WEIGHT in facts.columns else ibis.null("float64")
    return facts.select(facts[PATIENT], weight_kg=weight)


def _joined(weighed: Table, by_weight: Table, names: Sequence[str], regimen: str) -> Table:
    both = weighed.left_join(by_weight, weighed.weight_kg == by_weight.by_weight_kg)
    return both.select(
        PATIENT,
        "weight_kg",
        *names,
        regimen=ibis.literal(regimen),
        without_exposure=ibis.cases(
            (both.weight_kg.isnull(), NO_WEIGHT),
            (both.by_weight_kg.isnull(), OUTSIDE),
            else_=ibis.null("string"),
        ),
    )
