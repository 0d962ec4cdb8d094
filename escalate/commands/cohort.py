"""`escalate cohort`: the rules over a whole registry, as one query."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

import click

from escalate.commands import options
from escalate.commands.cohort_run import Source, Wish, carry_out, tell_outcome
from escalate.commands.knowledge_place import knowledge_folder
from escalate.commands.output import emit, emit_bytes
from escalate.problems import UsageError
from escalate.texts import N_, _, spoken_now

_ENGINES = ("duckdb", "spark")
_REFUSED = 3


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
@options.option(
    "--resume",
    is_flag=True,
    help=N_("Go on with a run that died: what it has done whole is kept, and the rows are the same."),
)
@options.option(
    "--compare",
    metavar="OLD",
    help=N_(
        "Whom the knowledge advises otherwise than OLD, a folder or a git revision: counted on the screen, "
        "listed in OUT.changes."
    ),
)
@options.option(
    "--exposure",
    metavar="THERAPY",
    help=N_("Exposure of each patient to the published regimen of a therapy, in OUT.exposure."),
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
    resume: bool,
    compare: str | None,
    exposure: str | None,
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
    from escalate.cohort import attrition_files
    from escalate.cohort.files import Files
    from escalate.cohort.places import check_places

    files = Files.of(output)
    forms = {name: attrition_files.form_of(name) for name in counts}
    place = Path(registry)
    if not place.exists():
        raise UsageError(_("{place}: there is no such file or folder").format(place=place))
    check_places(place, files, [name for name in counts if name != attrition_files.SCREEN], mapping)
    source = Source(knowledge, overlay, library)
    with ExitStack() as stack:
        old = _old(compare, source, stack)
        wish = Wish(
            place,
            files,
            as_of=day,
            mapping=mapping,
            part=part,
            workers=workers or os.cpu_count() or 1,
            engine=engine,
            master=master,
            therapy=options.therapy_id(exposure, library, "--exposure: ") if exposure else None,
            counts=bool(counts),
            resume=resume,
        )
        found = carry_out(wish, source, old, plain=plain)
    for name, form in forms.items():
        assert found.attrition is not None
        whole = attrition_files.written(found.attrition, library, len(found.facts.refused), form)
        if name == attrition_files.SCREEN:
            emit(whole.decode(), None)
        else:
            emit_bytes(whole, name)
    tell_outcome(found, files, library)
    if found.facts.refused:
        sys.exit(_REFUSED)


def _old(compare: str | None, source: Source, stack: ExitStack) -> Source | None:
    """The knowledge to compare with, under the same overlay and in the same language."""
    if compare is None:
        return None
    from escalate.files.knowledge_base import load_knowledge

    inside = Path(source.folder) if source.folder else Path.cwd()
    folder = str(knowledge_folder(compare, inside, stack))
    return Source(folder, source.overlay, load_knowledge(folder, spoken_now(), source.overlay))
