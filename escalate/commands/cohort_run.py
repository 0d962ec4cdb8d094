"""A run of `escalate cohort` from the registry to its files, with its progress and what is said of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from escalate.problems import UsageError, nearest, printable
from escalate.texts import _, ngettext

if TYPE_CHECKING:
    from escalate.cohort.attrition import Attrition
    from escalate.cohort.compare import Counted
    from escalate.cohort.engines import Engine
    from escalate.cohort.files import Files
    from escalate.cohort.judge import Judged
    from escalate.cohort.run import Facts, How
    from escalate.library.model import Library

_SHOWN = 20
_COMPUTED = 3  # facts named that are computed of a column


@dataclass(frozen=True, slots=True)
class Source:
    """A knowledge base, and where it was read from."""

    folder: str | None
    overlay: str | None
    library: Library


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of a run: `therapy`, whose exposure is wanted; `counts`, whether attrition is."""

    place: Path
    files: Files
    as_of: date | None
    mapping: str | None
    part: int | None
    workers: int
    engine: str
    master: str
    therapy: str | None
    counts: bool
    resume: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run, besides its files."""

    facts: Facts
    attrition: Attrition | None
    changes: Counted | None
    exposed: dict[str | None, int] | None


def carry_out(wish: Wish, source: Source, old: Source | None, *, plain: bool) -> Outcome:
    """Read, judge, and write every file that was asked for.

    Raises: UsageError where the registry, the mapping or the regimen is none, or the run cannot go on.
    """
    from escalate.cohort import compare, exposure, judge
    from escalate.cohort.files import drop, write_refused
    from escalate.cohort.mapping import load_mapping
    from escalate.cohort.resume import begin
    from escalate.cohort.run import How

    library, files = source.library, wish.files
    regimen = exposure.asked_for(wish.therapy, library) if wish.therapy else None
    mapping = load_mapping(Path(wish.mapping), library) if wish.mapping else None
    asked = _asked(wish, source, old, mapping.sha256 if mapping else "")
    today = begin(files, asked, date.today(), resume=wish.resume)
    how = How(today=today, as_of=wish.as_of, mapping=mapping, size=wish.part, workers=wish.workers)
    with _nothing_left_of_a_refusal(files):
        _tell_unread(wish.place, library, how)
        runs = _engine(wish.engine, wish.master)
    try:
        with _nothing_left_of_a_refusal(files), _progress(plain) as tell:
            facts, judged = _side(wish, source, how, files.work, runs, tell)
            before = _side(wish, old, how, files.work / "old", runs, tell)[1] if old else None
            judged = judge.publish(judged, files, runs)
            attrition = judge.counted(judged, runs) if wish.counts else None
            changed = (
                compare.write_changes(before, judged, files.work, files.changes, runs) if before else None
            )
            exposed = None
            if regimen is not None:
                paths = [file.path for file in facts.files]
                exposed = exposure.write_exposure(regimen, paths, files.work, files.exposure, runs)
    finally:
        runs.close()
    write_refused(facts.refused, files)
    for path, wanted in ((files.changes, changed), (files.exposure, exposed)):
        if wanted is None:
            drop(path)  # of an earlier run: it would be taken for one of this run
    files.clear()
    return Outcome(facts, attrition, changed, exposed)


@contextmanager
def _nothing_left_of_a_refusal(files: Files) -> Iterator[None]:
    """Takes the folder of parts away where a run is refused before it has written one."""
    try:
        yield
    except UsageError:
        if not any(files.work.rglob("facts-*.parquet")):
            files.clear()
        raise


def _asked(wish: Wish, source: Source, old: Source | None, mapping: str) -> dict[str, str]:
    """What decides the rows of a run, by the names of `escalate.cohort.resume`."""
    from escalate._version import VERSION
    from escalate.cohort.resume import registry_digest

    return {
        "registry": registry_digest(wish.place),
        "knowledge": source.library.digest,
        "compare": old.library.digest if old else "",
        "mapping": mapping,
        "--as-of": wish.as_of.isoformat() if wish.as_of else "",
        "--part": str(wish.part or ""),
        "--engine": wish.engine,
        "--lang": source.library.language,
        "version": VERSION,
    }


def _side(
    wish: Wish, source: Source, how: How, folder: Path, runs: Engine, tell: Callable[[str, int], None]
) -> tuple[Facts, Judged]:
    """Facts, verdicts and findings of the registry under one knowledge base."""
    from escalate.cohort import judge, run
    from escalate.cohort.nested import Knowledge

    library = source.library
    which = Knowledge(source.folder, library.language, source.overlay, library.digest)
    left = len(list(folder.glob("facts-*.parquet")))
    facts = run.facts_of(
        wish.place, folder, library, which, how, lambda part: tell("read", part.read + len(part.refused))
    )
    if left:
        said = ngettext(
            "{count} part was there already, of {all}", "{count} parts were there already, of {all}", left
        )
        click.echo(said.format(count=left, all=len(facts.files)), err=True)
    judged = judge.judge(facts.files, folder, library, runs, done=lambda patients: tell("judged", patients))
    return facts, judged


def _engine(name: str, master: str) -> Engine:
    from escalate.cohort.engines import DuckDB, Spark

    if name == "duckdb":
        return DuckDB()
    if find_spec("pyspark") is None:
        raise UsageError(_("PySpark is not installed; it comes with `pip install 'escalate[spark]'`"))
    return Spark(master)


def _tell_unread(place: Path, library: Library, how: How) -> None:
    """Columns that decide nothing: facts that no rule reads, and what is no fact, with the nearest name."""
    from escalate.cohort.mapping import ColumnMapping
    from escalate.cohort.run import tables_of
    from escalate.cohort.tables import columns_not_read, columns_only_checked

    mapping = how.mapping or ColumnMapping()
    for table in tables_of(place, mapping.file):
        for name, computed in list(columns_only_checked(table, library, mapping).items())[:_SHOWN]:
            said = _("{place}: no rule reads the column `{name}`; its values are only checked")
            told = said.format(place=table.name, name=printable(name))
            if computed:
                facts = ", ".join(f"`{fact}`" for fact in computed[:_COMPUTED])
                more = _("rules read what is computed of it: {facts}").format(facts=facts)
                told = f"{told}; {more}"
            click.echo(told, err=True)
        for name in columns_not_read(table, library, mapping)[:_SHOWN]:
            said = _("{place}: the column `{name}` is no fact and is not read")
            near = nearest(name, library.facts)
            told = said.format(place=table.name, name=printable(name))
            click.echo(f"{told}; {near}" if near else told, err=True)


def tell_outcome(found: Outcome, files: Files, library: Library) -> None:
    """What was read and refused on standard error, all of it in the file; changes on the screen."""
    facts = found.facts
    read = ngettext("{count} patient", "{count} patients", facts.patients).format(count=facts.patients)
    click.echo(f"{read}: {files.verdicts}, {files.patients}", err=True)
    for row in facts.refused[:_SHOWN]:
        click.echo(f"{printable(row.row)}: {printable(row.reason)}", err=True)
    if facts.refused:
        said = ngettext(
            "{count} row was refused: {file}", "{count} rows were refused: {file}", len(facts.refused)
        )
        click.echo(said.format(count=len(facts.refused), file=files.refused), err=True)
    if found.changes is not None:
        from escalate.cohort.compare import changes_text

        click.echo(changes_text(found.changes, library), nl=False)
        click.echo(_("listed in {file}").format(file=files.changes), err=True)
    if found.exposed is not None:
        from escalate.cohort.exposure import NO_WEIGHT, OUTSIDE

        said = _(
            "{file}: {computed} computed, {no_weight} without a weight, {outside} outside those of the model"
        )
        click.echo(
            said.format(
                file=files.exposure,
                computed=found.exposed.get(None, 0),
                no_weight=found.exposed.get(NO_WEIGHT, 0),
                outside=found.exposed.get(OUTSIDE, 0),
            ),
            err=True,
        )


@contextmanager
def _progress(plain: bool) -> Iterator[Callable[[str, int], None]]:
    """A line that counts what was read and what was judged, where somebody looks on."""
    if plain or not sys.stderr.isatty():
        yield lambda what, patients: None
        return
    from rich.console import Console
    from rich.progress import Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), TextColumn("{task.completed}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks = {
            "read": bar.add_task(_("read"), total=None),
            "judged": bar.add_task(_("judged"), total=None),
        }
        yield lambda what, patients: bar.update(tasks[what], advance=patients)
