"""`escalate kb verify`: what can never happen under these rules, or the smallest patient to whom it does."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from escalate.commands import options
from escalate.commands.output import emit
from escalate.problems import PatientRefused, UsageError
from escalate.texts import N_, spoken_now

if TYPE_CHECKING:
    from escalate.assessment import Assessment
    from escalate.audit.verify.result import Result
    from escalate.audit.verify.witness import Witness
    from escalate.library.model import Library

Told = Callable[[str, int, int], None]

CHECKS = (
    "invariants", "fail-closed", "knowledge", "harm", "unreachable", "always", "covered", "defeated", "gaps",
    "blind-spots", "vain-questions",
)  # fmt: skip


@options.command(
    "verify",
    short_help=N_("Proofs over all patients, or the smallest patient who breaks them."),
    help=N_(
        "Prove over all patients, unknowns included, what rules/invariants.yaml says must never happen, "
        "that nothing unknown opens an option, that learning or worsening opens nothing closed, and that "
        "no rule is in vain.\n\n"
        "What fails is shown as the smallest patient, replayed on both engines, and written as a patient "
        "file. "
        "vain-questions runs only where it is named: it searches for patients who are asked although no "
        "answer would open the option. "
        "Exit status 1 while one check fails or is not proved. Needs `pip install escalate[audit]`."
    ),
)
@options.option("--check", "checks", multiple=True, type=click.Choice(CHECKS), help=N_("Only this check."))
@options.option(
    "--witnesses",
    "folder",
    metavar="DIR",
    default="witnesses",
    show_default=True,
    type=click.Path(file_okay=False),
    help=N_("Where the patient files of failures are written; made only where there is one."),
)
@options.option(
    "--timeout",
    "seconds",
    type=click.IntRange(1),
    default=10,
    show_default=True,
    help=N_("Seconds for one question; past them it is not proved."),
)
@options.option("--format", "fmt", type=click.Choice(("text", "json")), default="text", show_default=True)
@options.output
@options.knowledge
@options.plain
@options.lang
def command(
    checks: tuple[str, ...],
    folder: str,
    seconds: int,
    fmt: str,
    output: str | None,
    knowledge: str | None,
    plain: bool,
) -> None:
    """Prove what can never happen under these rules, or show the smallest patient to whom it does."""
    options.need_solver()
    from escalate.audit.verify import report
    from escalate.audit.verify.verify import verify
    from escalate.files.json_text import dumps
    from escalate.files.knowledge_base import read_knowledge
    from escalate.library.build import build_library
    from escalate.library.read_statements import statements_of

    documents = read_knowledge(knowledge)
    library = build_library(documents, spoken_now())
    statements = statements_of(documents, library)
    results: list[Result] = []
    with _progress(plain) as told:
        assess = _assessor(library)
        for result in verify(library, statements, assess, only=checks, step=told, timeout_ms=1000 * seconds):
            results.append(result)
    files = _write(results, folder)
    if fmt == "json":
        said = dumps(report.document(results, library, statements, files))
    else:
        said = "\n".join(report.text(results, library, statements, files))
    emit(said, output)
    if not all(result.holds for result in results):
        sys.exit(1)


def _assessor(library: Library) -> Callable[[str], Assessment]:
    """A patient file's text through the whole way, as `escalate assess` goes it."""
    from escalate.assessment import assess
    from escalate.files.yaml_reader import read_text
    from escalate.patient.reader import read_patient

    def run(text: str) -> Assessment:
        document = read_text(text, "witness.yaml", PatientRefused)
        return assess(read_patient(document, library, today=date(2026, 1, 15)), library)

    return run


def _write(results: Sequence[Result], folder: str) -> dict[Witness, str]:
    """Each witness that has a file, written; the name under which it stands."""
    written: dict[Witness, str] = {}
    for result in results:
        for failure in result.failures:
            subject = re.sub(r"[^A-Za-z0-9._-]+", "-", failure.subject).strip("-")
            for number, witness in enumerate(failure.witnesses, start=1):
                if not witness.file or witness.replayed:
                    continue
                stem, path, again = f"{result.check}-{subject}-{number}", Path(folder), 1
                name = path / f"{stem}.yaml"
                while str(name) in written.values():
                    again += 1
                    name = path / f"{stem}-{again}.yaml"
                try:
                    path.mkdir(parents=True, exist_ok=True)
                    name.write_text(witness.file, encoding="utf-8")
                except OSError as error:
                    raise UsageError(f"--witnesses {folder}: {error.strerror}") from None
                written[witness] = str(name)
    return written


@contextmanager
def _progress(plain: bool) -> Iterator[Told | None]:
    """A progress bar on a terminal: one line for the check that is under way."""
    if plain or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress, TaskID

    with Progress(console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def told(check: str, done: int, of: int) -> None:
            if check not in tasks:
                for earlier in tasks.values():
                    bar.update(earlier, visible=False)
                tasks[check] = bar.add_task(check, total=of)
            bar.update(tasks[check], completed=done, total=of)

        yield told
