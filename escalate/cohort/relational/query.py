"""The whole query: fact columns in, one row per patient and therapy out, and one row per patient."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from escalate.cohort.columns import PATIENT
from escalate.cohort.relational.options import (
    SCOPE,
    gates,
    judged,
    read_by_options,
    read_for_scope,
    scope_of,
)
from escalate.cohort.relational.strata import settled
from escalate.language.evaluate import head_name
from escalate.library.model import FindingSpec, Library

if TYPE_CHECKING:
    from ibis.expr.types import ArrayValue, StringValue, Table, Value

_OPTION = "struct<therapy: string, verdict: string, rules: array<string>, missing: array<string>>"
LADDER = "ladder_step"


def verdicts(facts: Table, library: Library) -> Table:
    """One row per patient and listed therapy: `patient`, `therapy`, `verdict`, `rules`, `missing`.

    Args: facts, a table as `escalate.cohort.columns` describes it; a column that it lacks is NULL.
    A therapy that is not looked at in a patient's scope has no row, as `assess` does not list it.
    """
    table = judged(settled(facts, library, read_by_options(library)), library)
    long = table.select(table[PATIENT], option=options(table, library).unnest())
    option = long.option
    return long.select(
        long[PATIENT],
        therapy=option.therapy,
        verdict=option.verdict,
        rules=option.rules,
        missing=option.missing,
    )


def options(judged: Table, library: Library) -> ArrayValue:
    """The options of one patient: an array of structs, a therapy each, without those that are not looked at.

    Args: judged, as `escalate.cohort.relational.options.judged` gives it.
    """
    structs = []
    for gate in gates(library):
        option = ibis.struct(
            {
                "therapy": ibis.literal(gate.therapy.id),
                "verdict": judged[gate.column("verdict")],
                "rules": gate.rules(judged),
                "missing": gate.missing(judged),
            }
        )
        structs.append(ibis.cases((gate.listed(judged), option), else_=ibis.null(_OPTION)))
    return ibis.array(structs).filter(lambda option: option.notnull())


def patients(facts: Table, library: Library) -> Table:
    """One row per patient: `scope`, the ladder, and every finding that a report shows.

    A finding without levels is a nullable Boolean; a graded one is its level, NULL where it is not decided,
    with the certain and the still possible level in `NAME at_least` and `NAME at_most`. `reached_step` is the
    highest step of the ladder that is certainly reached, NULL outside `iim`.
    """
    shown = [spec for spec in library.findings.values() if spec.shown or spec.name == LADDER]
    heads = {head_name(spec.name, level) for spec in shown for level in spec.levels[1:] or ("",)}
    table = settled(facts, library, frozenset({*heads, *read_for_scope(library)}))
    table = table.mutate(**{SCOPE: scope_of(table, library)})
    columns: dict[str, Value] = {SCOPE: table[SCOPE]}
    for spec in shown:
        if spec.name == LADDER:
            columns |= _ladder(spec, table)
        elif spec.levels:
            columns |= _graded(spec, table)
        else:
            columns[spec.name] = table[spec.name]
    return table.select(table[PATIENT], **columns)


def _graded(spec: FindingSpec, table: Table) -> dict[str, Value]:
    least, most = _bounds(spec, table)
    return {
        spec.name: ibis.cases((least == most, least), else_=ibis.null("string")),
        f"{spec.name} at_least": least,
        f"{spec.name} at_most": most,
    }


def _bounds(spec: FindingSpec, table: Table) -> tuple[StringValue, StringValue]:
    """The highest level that is certain, and the highest that is still possible."""
    downward = [(table[head_name(spec.name, level)], level) for level in reversed(spec.levels[1:])]
    lowest = spec.levels[0]
    return (
        ibis.cases(*((value.fill_null(False), level) for value, level in downward), else_=lowest),
        ibis.cases(*((value.fill_null(True), level) for value, level in downward), else_=lowest),
    )


def _ladder(spec: FindingSpec, table: Table) -> dict[str, Value]:
    """Steps are counted from 0, as the levels are ordered."""
    on_it = table[SCOPE] == "iim"
    number = {level: place for place, level in enumerate(spec.levels)}
    steps = []
    for bound in _bounds(spec, table):
        counted = ibis.cases(*((bound == level, place) for level, place in number.items()), else_=0)
        steps.append(ibis.cases((on_it, counted.cast("int32")), else_=ibis.null("int32")))
    return {"reached_step": steps[0], "possible_step": steps[1]}
