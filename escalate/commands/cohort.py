"""`escalate cohort`: the rules over a whole registry, as one query."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from escalate.commands import options
from escalate.commands.output import emit, emit_bytes
from escalate.problems import UsageError, nearest, printable
from escalate.texts import N_, _, ngettext, spoken_now

if TYPE_CHECKING:
    from escalate.cohort.engines import Engine
    from escalate.cohort.files import Files
    from escalate.cohort.parts import Part
    from escalate.cohort.run import Facts, How
    from escalate.library.model import Library

_ENGINES = ("duckdb", "spark")
_REFUSED = 3
_SHOWN = 20


@options.command(
    "cohort",
    short_help=N_("Many patients at once, as one query: DuckDB here, or a Spark cluster."),
    help=N_(
        "Judge every patient of REGISTRY: a folder of patient files, JSON Lines (.jsonl, .jsonl.gz), a FHIR "
        "bulk export (.ndjson), or a table of fact columns (.parquet, .csv). The rules run as one relational "
        "expression.\n\n"
        "OUT gets one row per patient and listed therapy: patient, therapy, verdict, rules, missing. Beside "
        "it stand OUT.patients with scope, ladder and findings, and OUT.refused.csv with the rows that could "
        "not be read and why; exit status 3 where there are any. Needs `pip install escalate[cohort]`."
    ),
)
@click.argument("registry", required=False, metavar="REGISTRY", type=click.Path())
@options.option(
    "-o", "--output", metavar="OUT", type=click.Path(), help=N_("A name that ends in .parquet or .csv.")
)
@options.option("--engine", type=click.Choice(_ENGINES), default="duckdb", show_default=True)
@options.option("--master", metavar="URL", default="local[*]", show_default=True, help=N_("Spark's master."))
@options.option(
    "--attrition",
    "counts",
    metavar="FILE",
    type=click.Path(),
    help=N_(
        "How many patients at each step, with each verdict, closed by what, lacking what: to a file that "
        "ends in .txt, .csv, .svg or .png, or - for the screen. May be given several times."
    ),
    multiple=True,
)
@options.option(
    "--sql", "dialect", metavar="DIALECT", help=N_("Print the query for a warehouse instead of running it.")
)
@options.option(
    "--workers",
    type=click.IntRange(1),
    help=N_(
        "Processes that read patient files (default: one per core); the result is the same for any number."
    ),
)
@options.option(
    "--part",
    type=click.IntRange(1),
    metavar="N",
    help=N_("Documents or rows that are read together (default: 1000 documents, 50000 rows)."),
)
@options.option(
    "--mapping",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help=N_("Own columns of a table: which fact each holds, its unit, its words."),
)
@options.as_of
@options.knowledge
@options.overlay
@options.plain
@options.lang
def command(
    registry: str | None,
    output: str | None,
    engine: str,
    master: str,
    counts: tuple[str, ...],
    dialect: str | None,
    workers: int | None,
    part: int | None,
    mapping: str | None,
    as_of: str | None,
    knowledge: str | None,
    overlay: str | None,
    plain: bool,
) -> None:
    """Judge every patient of a registry."""
    if find_spec("ibis") is None:
        raise UsageError(_("Ibis is not installed; it comes with `pip install 'escalate[cohort]'`"))
    from escalate.files.knowledge_base import load_knowledge

    day = options.day(as_of, "--as-of")
    library = load_knowledge(knowledge, spoken_now(), overlay)
    if dialect is not None:
        from escalate.cohort.engines import sql
        from escalate.cohort.relational.query import verdicts
        from escalate.cohort.relational.source import unbound

        click.echo(sql(verdicts(unbound(library), library), dialect))
        return
    if registry is None or output is None:
        raise UsageError(_("REGISTRY and -o OUT are needed, or --sql DIALECT"))
    from escalate.cohort import attrition_files, judge, run
    from escalate.cohort.files import Files, write_refused
    from escalate.cohort.mapping import load_mapping
    from escalate.cohort.nested import Knowledge

    files = Files.of(output)
    for name in counts:
        attrition_files.form_of(name)
    place = Path(registry)
    if not place.exists():
        raise UsageError(_("{place}: there is no such file or folder").format(place=place))
    which = Knowledge(knowledge, library.language, overlay, library.digest)
    how = run.How(
        today=date.today(),
        as_of=day,
        mapping=load_mapping(Path(mapping), library) if mapping else None,
        size=part,
        workers=workers or os.cpu_count() or 1,
    )
    _tell_unread(place, library, how)
    with _progress(plain) as tell:
        facts = run.facts_of(place, files.work, library, which, how, tell)
    runs = _engine(engine, master)
    try:
        judged = judge.publish(judge.judge(facts.files, files.work, library, runs), files, runs)
        if counts:
            found = judge.counted(judged, runs)
    finally:
        runs.close()
    write_refused(facts.refused, files)
    files.clear()
    for name in counts:
        whole = attrition_files.written(found, library, len(facts.refused), attrition_files.form_of(name))
        if name == attrition_files.SCREEN:
            emit(whole.decode(), None)
        else:
            emit_bytes(whole, name)
    _tell(facts, files)
    if facts.refused:
        sys.exit(_REFUSED)


def _engine(name: str, master: str) -> Engine:
    from escalate.cohort.engines import DuckDB, Spark

    if name == "duckdb":
        return DuckDB()
    if find_spec("pyspark") is None:
        raise UsageError(_("PySpark is not installed; it comes with `pip install 'escalate[spark]'`"))
    return Spark(master)


def _tell_unread(place: Path, library: Library, how: How) -> None:
    """Columns that are no fact, with what they may have meant: a name that is misspelt is unknown to all."""
    from escalate.cohort.mapping import ColumnMapping
    from escalate.cohort.run import tables_of
    from escalate.cohort.tables import columns_not_read

    for table in tables_of(place):
        for name in columns_not_read(table, library, how.mapping or ColumnMapping())[:_SHOWN]:
            said = _("{place}: the column `{name}` is no fact and is not read")
            near = nearest(name, library.facts)
            told = said.format(place=table.name, name=printable(name))
            click.echo(f"{told}; {near}" if near else told, err=True)


def _tell(done: Facts, files: Files) -> None:
    """What was read on standard error, with the first refused rows; all of them are in the file."""
    read = ngettext("{count} patient", "{count} patients", done.patients).format(count=done.patients)
    click.echo(f"{read}: {files.verdicts}, {files.patients}", err=True)
    for row in done.refused[:_SHOWN]:
        click.echo(f"{row.row}: {row.reason}", err=True)
    if done.refused:
        said = ngettext(
            "{count} row was refused: {file}", "{count} rows were refused: {file}", len(done.refused)
        )
        click.echo(said.format(count=len(done.refused), file=files.refused), err=True)


@contextmanager
def _progress(plain: bool) -> Iterator[Callable[[Part], None]]:
    """A line that counts what was read, where somebody looks on."""
    if plain or not sys.stderr.isatty():
        yield lambda part: None
        return
    from rich.console import Console
    from rich.progress import Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn(_("reading")), TextColumn("{task.completed}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda part: bar.update(task, advance=part.read + len(part.refused))
