"""One meaning, four readings: the same rules on the same random patients, cell by cell.

The evaluator is the reference. durable_rules, the relational reading on DuckDB and the same expression on a
Spark cluster of two workers are held against it: every active rule, every finding, every verdict.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from helpers_cohort import Facts, RandomPatients, executors_of, reference_patients, values_of
from helpers_spark import WORKERS, cluster, need_java

from escalate import load_knowledge
from escalate.cohort.columns import PATIENT, fact_columns, rules_of
from escalate.cohort.engines import DuckDB, Spark
from escalate.cohort.facts import fact_row, table_of
from escalate.cohort.relational.options import SCOPE, judged, read_by_options
from escalate.cohort.relational.query import options
from escalate.cohort.relational.strata import settled
from escalate.engine import Evaluation, durable, kleene
from escalate.findings.reasons import Reasons
from escalate.language.facts import Fact
from escalate.library.model import Library
from escalate.options.gates import gates_of
from escalate.options.model import NotIndicated, Option
from escalate.options.propose import propose
from escalate.options.verdict import Verdict
from escalate.report.record import deciding
from escalate.truth import Truth

COUNT = int(os.environ.get("ESCALATE_AGREEMENT_PATIENTS", "5000"))
IN_FULL = (
    250  # so many also with the rules and the fields of each option, which take the evaluator's side long
)
PARTS = 4
Cell = bool | None
Cells = dict[str, dict[str, Any]]  # by patient, by column
_CELL: dict[Truth, Cell] = {Truth.TRUE: True, Truth.FALSE: False, Truth.UNKNOWN: None}


@pytest.fixture(scope="module")
def library() -> Library:
    return load_knowledge()


@pytest.fixture(scope="module")
def people(library: Library) -> list[tuple[str, Facts]]:
    """Real ones, who make every rule TRUE between them, and random ones."""
    real = list(reference_patients(library))
    return [*real, *RandomPatients(library)(max(0, COUNT - len(real)))]


@pytest.fixture(scope="module")
def evaluated(library: Library, people: list[tuple[str, Facts]]) -> dict[str, Evaluation]:
    rulebase = rules_of(library)
    return {name: kleene.run(rulebase, facts) for name, facts in people}


@pytest.fixture(scope="module")
def parts(library: Library, people: list[tuple[str, Facts]], tmp_path_factory: Any) -> list[Path]:
    """The table of facts, in as many files as keep two workers busy."""
    folder = tmp_path_factory.mktemp("facts")
    columns = fact_columns(library)
    table = table_of([fact_row(name, facts, columns) for name, facts in people], columns)
    size = -(-len(people) // PARTS)
    for number in range(PARTS):
        pq.write_table(table.slice(number * size, size), folder / f"{number}.parquet")
    return sorted(folder.glob("*.parquet"))


@pytest.fixture(scope="module")
def on_duckdb(library: Library, parts: list[Path]) -> Iterator[Cells]:
    engine = DuckDB()
    yield by_patient(engine.rows(everything(engine.facts(parts, library), library)))
    engine.close()


def everything(facts: Any, library: Library) -> Any:
    """Every value and every option of every patient, in one query."""
    names = values_of(library)
    table = judged(settled(facts, library, read_by_options(library) | set(names)), library)
    return table.select(PATIENT, SCOPE, *names, options=options(table, library))


def by_patient(table: pa.Table) -> Cells:
    return {row.pop(PATIENT): row for row in table.to_pylist()}


def values(evaluation: Evaluation) -> dict[str, Cell]:
    rules = {f"rule {key}": _CELL[value] for key, value in evaluation.rules.items()}
    return rules | {head: _CELL[value] for head, value in evaluation.heads.items()}


def expected_options(facts: Facts, evaluation: Evaluation, library: Library) -> dict[str, Any]:
    """Per therapy the verdict, the ids of its deciding rules and the fields it waits for."""
    whole = {name: Fact(name) for name in library.facts} | facts
    proposal = propose(Reasons(whole, library, evaluation.rules, evaluation.heads))
    return {
        option.therapy.id: (str(option.verdict), *_said(option, evaluation, library))
        for option in (*proposal.options, *proposal.not_indicated)
    }


def _said(
    option: Option | NotIndicated, evaluation: Evaluation, library: Library
) -> tuple[list[str], list[str]]:
    if isinstance(option, NotIndicated):
        against = gates_of(library).get(option.therapy.id, {}).get("against", ())
        return sorted({r.id for r in against if evaluation.rules[r.key] is Truth.TRUE}), []
    rules = {reason.rule.id for reason in deciding(option)}
    return sorted(rules), sorted(missing.fact for missing in option.missing)


def test_the_patients_meet_every_verdict_and_every_rule(
    on_duckdb: Cells, evaluated: dict[str, Evaluation], library: Library
) -> None:
    """An agreement about patients in whom nothing happens would say little."""
    verdicts = Counter(option["verdict"] for row in on_duckdb.values() for option in row["options"])
    fired = {key for one in evaluated.values() for key, value in one.rules.items() if value is Truth.TRUE}
    # A rule with `{therapy}` stands once per therapy with one id.
    never = {rule.id for rule in library.rules if rule.status == "active" and rule.alert != "contradiction"}
    never -= {rule.id for rule in library.rules if rule.key in fired}

    assert set(verdicts) == {str(word) for word in Verdict}
    assert never == set()


def test_durable_rules_gives_every_rule_and_finding_the_evaluators_value(
    library: Library, people: list[tuple[str, Facts]], evaluated: dict[str, Evaluation]
) -> None:
    """The live run's engine, on every patient."""
    rulebase = rules_of(library)
    for name, facts in people:
        found = durable.run_on(rulebase, rulebase.read_facts(facts))

        assert found.rules == evaluated[name].rules, name
        assert found.heads == evaluated[name].heads, name


def test_the_relation_on_duckdb_gives_every_rule_and_finding_the_evaluators_value(
    on_duckdb: Cells, evaluated: dict[str, Evaluation]
) -> None:
    """NULL where the evaluator says UNKNOWN, in no cell anything else."""
    assert on_duckdb.keys() == evaluated.keys()
    for name, evaluation in evaluated.items():
        row = on_duckdb[name]
        differ = {key for key, value in values(evaluation).items() if row[key] is not value}

        assert differ == set(), name


def test_the_relation_gives_every_option_the_verdict_rules_and_fields_of_the_live_run(
    library: Library, people: list[tuple[str, Facts]], evaluated: dict[str, Evaluation], on_duckdb: Cells
) -> None:
    """The therapies that are listed, each with verdict, deciding rules and missing fields."""
    for name, facts in people[:: max(1, len(people) // IN_FULL)]:
        found = {o["therapy"]: (o["verdict"], o["rules"], o["missing"]) for o in on_duckdb[name]["options"]}

        assert found == expected_options(facts, evaluated[name], library), name


def test_spark_on_two_workers_gives_every_cell_that_duckdb_gives(
    library: Library, parts: list[Path], on_duckdb: Cells, tmp_path: Path
) -> None:
    """The same expression on a cluster: every value, verdict, deciding rule and missing field."""
    need_java()
    with cluster(tmp_path) as master:
        settings = {"spark.driver.host": "127.0.0.1", "spark.executor.memory": "1g", "spark.cores.max": "2"}
        engine = Spark(master, **settings)
        try:
            found = by_patient(engine.rows(everything(engine.facts(parts, library), library)))
            executors = executors_of(engine)
        finally:
            engine.close()

    assert executors == WORKERS
    assert found.keys() == on_duckdb.keys()
    assert [name for name, row in found.items() if row != on_duckdb[name]] == []
