"""`escalate kb diff`: what a change of the knowledge does to patients."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from escalate.commands import options
from escalate.commands.knowledge_place import is_knowledge, knowledge_folder
from escalate.commands.output import emit
from escalate.problems import PatientRefused, UsageError
from escalate.texts import N_, _, spoken_now

if TYPE_CHECKING:
    from escalate.assessment import Assessment
    from escalate.audit.diff.compare import Side
    from escalate.audit.diff.difference import Difference
    from escalate.audit.diff.samples import Collected
    from escalate.library.model import Library

_FORMATS = ("text", "markdown", "json", "sarif", "github")
_COHORT = Path("tests", "cohort")
_VIGNETTES = Path("tests", "vignettes")


@options.command(
    "diff",
    short_help=N_("What a change of the knowledge does, and to whom."),
    help=N_(
        "Compare two knowledge bases, rule by rule in clinical words, and say whom the change advises "
        "otherwise: proved over all patients, with a patient file for each kind of change.\n\n"
        "OLD and NEW are folders that hold knowledge/ and rules/, or git revisions; OLD..NEW and OLD...NEW "
        "(since they parted) are one argument, and OLD alone is compared with the files as they are now. "
        "Exit status 1 where --fail-on finds such a change. Needs `pip install escalate[audit]`."
    ),
)
@click.argument("places", nargs=-1, required=True, metavar="OLD [NEW]", type=click.Path())
@options.option(
    "--fail-on",
    "fail_on",
    type=click.Choice(("loosens", "tightens", "any")),
    help=N_(
        "Exit status 1 where an option opens, or closes, for somebody, or where anything but words changed."
    ),
)
@options.option("--format", "fmt", type=click.Choice(_FORMATS), default="text", show_default=True)
@options.option(
    "--vignettes",
    metavar="DIR",
    type=click.Path(file_okay=False),
    help=N_("Vignettes to look at (default: tests/vignettes beside NEW)."),
)
@options.option(
    "--cohort",
    metavar="FILE",
    type=click.Path(),
    help=N_(
        "Patients to look at: a folder of files, .jsonl or .jsonl.gz (default: tests/cohort beside NEW)."
    ),
)
@options.option(
    "--log",
    "log",
    metavar="LOG",
    help=N_(
        "Recorded assessments to look at: a decision log, its export, or a folder, as replay takes them."
    ),
)
@options.option(
    "--witnesses",
    "folder",
    metavar="DIR",
    type=click.Path(file_okay=False),
    help=N_("Write the patient files of witnesses here, too."),
)
@options.option(
    "--timeout",
    "seconds",
    type=click.IntRange(1),
    default=10,
    show_default=True,
    help=N_("Seconds for one question; past them it is not proved."),
)
@options.output
@options.knowledge
@options.plain
@options.lang
def command(
    places: tuple[str, ...],
    fail_on: str | None,
    fmt: str,
    vignettes: str | None,
    cohort: str | None,
    log: str | None,
    folder: str | None,
    seconds: int,
    output: str | None,
    knowledge: str | None,
    plain: bool,
) -> None:
    """Say what changed between two knowledge bases, and whose verdict with it."""
    options.need_solver()
    from escalate.audit.diff.compare import compare

    with ExitStack() as stack:
        (old_place, old_folder), (new_place, new_folder) = _sides(places, knowledge, stack)
        old, new = _read(old_place, old_folder, new_place, new_folder)
        patients = _patients(new_folder, vignettes, cohort, log)
        with _progress(plain) as tell:
            found = compare(old, new, patients, _assess, step=tell, timeout_ms=1000 * seconds)
    if folder is not None:
        _write(found, Path(folder))
    emit(_said(found, fmt), output)
    if fail_on and _fails(found, fail_on):
        sys.exit(1)


def _sides(
    places: Sequence[str], knowledge: str | None, stack: ExitStack
) -> tuple[tuple[str, Path], tuple[str, Path]]:
    """What each side is called, and the folder it is read from."""
    from escalate.files.git_revision import split_range
    from escalate.files.knowledge_base import shipped_folder

    if len(places) > 2:
        raise UsageError(
            _("kb diff takes OLD and NEW, or OLD..NEW; {count} were given").format(count=len(places))
        )
    ends = split_range(places[0]) if len(places) == 1 else (places[0], places[1])
    inside = Path(knowledge) if knowledge else Path.cwd()
    if not inside.is_dir():
        raise UsageError(_("--knowledge {folder}: no such folder").format(folder=inside))
    if ends is not None:
        old, new = ends
        return (old, knowledge_folder(old, inside, stack)), (new, knowledge_folder(new, inside, stack))
    now = inside if is_knowledge(inside) else shipped_folder()
    return (places[0], knowledge_folder(places[0], inside, stack)), (_("the files as they are"), now)


def _read(old_place: str, old: Path, new_place: str, new: Path) -> tuple[Side, Side]:
    from escalate.audit.diff.compare import Side
    from escalate.audit.diff.entries import OVERLAYABLE
    from escalate.files.knowledge_base import differing_documents, documents_named, load_knowledge
    from escalate.library.read_statements import FILES, statements_of

    documents = differing_documents(old, new)
    sides = []
    for place, folder, differing in ((old_place, old, documents[0]), (new_place, new, documents[1])):
        library = load_knowledge(folder, spoken_now())
        statements = statements_of(documents_named(folder, FILES), library)
        # Which way a number is stricter is read although that file did not change.
        ways = documents_named(folder, (OVERLAYABLE,))
        sides.append(Side(place, library, {**differing, **ways}, statements))
    return sides[0], sides[1]


def _patients(new: Path, vignettes: str | None, cohort: str | None, log: str | None) -> Iterator[Collected]:
    """The vignettes and the cohort that were named, or that stand beside NEW; the log that was named."""
    from escalate.audit.diff.samples import Collected
    from escalate.files.patient_samples import cohort_samples, holds_patients, vignette_samples

    for option, name in (("--vignettes", vignettes), ("--cohort", cohort)):
        if name is not None and not Path(name).exists():
            raise UsageError(
                _("{option} {name}: there is no such file or folder").format(option=option, name=name)
            )
    cases = Path(vignettes) if vignettes else new / _VIGNETTES
    if cases.is_dir():
        yield Collected("vignettes", vignette_samples(cases))
    if cohort is not None:
        yield Collected("cohort", cohort_samples(Path(cohort)))
    elif holds_patients(new / _COHORT):
        yield Collected("cohort", cohort_samples(new / _COHORT))
    if log is not None:
        from escalate.files.recorded import log_samples

        yield Collected("log", log_samples(log))


def _assess(text: str, library: Library) -> Assessment:
    """A patient file's text through the whole way, as `escalate assess` goes it."""
    from escalate.assessment import assess
    from escalate.audit.verify.inverse import TODAY
    from escalate.files.yaml_reader import read_text
    from escalate.patient.reader import read_patient

    document = read_text(text, "witness.yaml", PatientRefused)
    return assess(read_patient(document, library, today=TODAY), library)


def _said(found: Difference, fmt: str) -> str:
    from escalate.audit.diff import machine, markdown, text
    from escalate.files.json_text import dumps

    if fmt == "json":
        return dumps(machine.document(found))
    if fmt == "sarif":
        return dumps(machine.sarif(found))
    lines = {"text": text.lines, "markdown": markdown.lines, "github": machine.github}[fmt](found)
    return "\n".join(lines)


def _fails(found: Difference, fail_on: str) -> bool:
    if fail_on == "any":
        return found.means_anything
    return found.loosens if fail_on == "loosens" else found.tightens


def _write(found: Difference, folder: Path) -> None:
    """Each witness that has a file, under the id of its rule or therapy."""
    named = [(rule.id, shown) for rule in found.rules for shown in rule.shown]
    named += [(therapy.id, shown) for therapy in found.therapies for shown in therapy.shown]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, (id, shown) in enumerate(named, 1):
            if shown.file:
                (folder / f"{number:02}-{id}-{shown.way}.yaml").write_text(shown.file, encoding="utf-8")
    except OSError as fault:
        raise UsageError(f"--witnesses {folder}: {fault.strerror}") from None


@contextmanager
def _progress(plain: bool) -> Iterator[Callable[[str], None] | None]:
    """What is being done, on one line of a terminal that is cleared in the end."""
    if plain or not sys.stderr.isatty():
        yield None
        return

    def tell(what: str) -> None:
        click.echo(f"\r\x1b[K{what} ...", nl=False, err=True)

    try:
        yield tell
    finally:
        click.echo("\r\x1b[K", nl=False, err=True)
