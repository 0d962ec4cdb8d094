"""`escalate kb mutate`: the rules changed in one place after another, and what notices it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from escalate.commands import options
from escalate.commands.output import emit
from escalate.problems import PatientRefused, UsageError, nearest
from escalate.texts import N_, _

if TYPE_CHECKING:
    from escalate.audit.mutate.judge import Check
    from escalate.audit.mutate.mutants import Mutant
    from escalate.audit.mutate.run import Closed, Equal, Step
    from escalate.library.model import Library
    from escalate.nodes import Document
    from escalate.nodes import Mapping as MappingNode
    from escalate.patient.model import Patient

# Intervals count from this day where a patient does not say another, as in `kb test`.
_TODAY = date(2026, 10, 12)
_PROOFS = ("invariants", "fail-closed")


@options.command(
    "mutate",
    short_help=N_("Which change of a rule nothing would notice."),
    help=N_(
        "Change the rules in one place after another (operators, thresholds by a step, clauses, not, all and "
        "any, severity, targets, whole rules, steps, citations, doses) and what they stand on (defaults, "
        "which test is called for, parameters), and say what notices it: loading, "
        "kb check, the vignettes of FOLDER (default: beside the knowledge), and where asked for a cohort or "
        "the proofs.\n\n"
        "Survivors are named with their place. Exit status 1 where a safety mutant survives: a rule that "
        "excludes, defers, warns with high caution, asks for a therapy or raises an emergency does so less "
        "than before, or something not known is taken for not there, or a parameter is less strict."
    ),
)
@click.argument("folder", required=False, type=click.Path())
@options.option(
    "--rules", "ids", multiple=True, metavar="ID", help=N_("Only mutants of this rule; may be repeated.")
)
@options.option("--safety", is_flag=True, help=N_("Only safety mutants."))
@options.option("--sample", "count", type=click.IntRange(1), help=N_("Only so many, drawn by --seed."))
@options.option("--seed", type=int, default=0, show_default=True, help=N_("Which sample is drawn."))
@options.option(
    "--cohort",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help=N_("Patients (.jsonl or .jsonl.gz) whose verdicts or alerts may change; counted apart."),
)
@options.option(
    "--proofs", is_flag=True, help=N_("Try kb verify on what survives; slow, needs escalate[audit].")
)
@options.option("--format", "fmt", type=click.Choice(("text", "json")), default="text", show_default=True)
@options.output
@options.knowledge
@options.plain
@options.lang
def command(
    folder: str | None,
    ids: tuple[str, ...],
    safety: bool,
    count: int | None,
    seed: int,
    cohort: str | None,
    proofs: bool,
    fmt: str,
    output: str | None,
    knowledge: str | None,
    plain: bool,
) -> None:
    """Change the rules in one place after another, and name what nothing notices."""
    from escalate.audit.mutate import choose, report
    from escalate.audit.mutate.ground import ground
    from escalate.audit.mutate.mutants import mutants
    from escalate.audit.mutate.run import judge_all
    from escalate.audit.mutate.written import written_targets
    from escalate.files.json_text import dumps
    from escalate.files.knowledge_base import read_knowledge, shipped_folder
    from escalate.files.vignettes import vignette_cases
    from escalate.library.build import build_library

    documents = read_knowledge(knowledge)
    library = build_library(documents)
    beside = Path(knowledge) if knowledge else shipped_folder()
    place = Path(folder) if folder else beside / "tests" / "vignettes"
    cases = list(vignette_cases(place))
    if not cases:
        raise UsageError(_("{folder}: no vignettes found").format(folder=place))
    known = {rule.id for rule in library.rules}
    for id in ids:
        if id not in known:
            text = _("`{id}` is no rule; {nearest}").format(id=id, nearest=nearest(id, known))
            raise UsageError(text.rstrip("; "))
    all_ = [*mutants(library, written_targets(documents)), *ground(library, documents)]
    chosen = [one for one in choose.of_rules(all_, ids) if one.safety or not safety]
    if count is not None:
        chosen = choose.sample(chosen, count, seed)
    with _progress(plain) as step:
        judged = judge_all(
            library,
            chosen,
            cases,
            _read,
            cohort=list(_patients(Path(cohort))) if cohort else (),
            check=_check(documents, library),
            proof=_proof(documents, library) if proofs else None,
            equal=_equal(documents, library),
            opens_nothing=_opens_nothing(documents, library),
            step=step,
        )
    if fmt == "json":
        said = dumps(report.document(judged, len(all_), library))
    else:
        said = "\n".join(report.lines(judged, len(all_), library))
    emit(said, output)
    if any(one.mutant.safety and not one.fate.by for one in judged):
        sys.exit(1)


def _read(root: MappingNode, library: Library) -> Patient:
    from escalate.nodes import Document
    from escalate.patient.reader import read_patient

    return read_patient(Document(root, (), "", root.at.file), library, today=_TODAY)


def _patients(path: Path) -> Iterator[MappingNode]:
    """The patients of a cohort, one a line."""
    import gzip

    from escalate.files.yaml_reader import read_text
    from escalate.nodes import Mapping as MappingNode

    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
    except (OSError, UnicodeDecodeError, EOFError) as fault:
        raise UsageError(f"--cohort {path}: {getattr(fault, 'strerror', None) or fault}") from None
    for number, line in enumerate(text.splitlines(), start=1):
        root = read_text(line, f"{path.name}:{number}", PatientRefused).root
        if isinstance(root, MappingNode):
            yield root


def _check(documents: Mapping[str, Document], library: Library) -> Check:
    """What `kb check` says of a library beyond its files; the dearer checks only where they can speak."""
    from escalate.audit.check import of_evidence, of_rules, of_safety

    found = (of_rules, of_evidence, of_safety)
    known = {problem for look in found for problem in look(library, documents)}

    def wrong(mutated: Library, mutant: Mutant) -> frozenset[str]:
        if mutant.under is not None:  # no check reads what these change
            return frozenset()
        looks = [of_rules]
        if mutant.what == "evidence":
            looks.append(of_evidence)
        if mutant.safety:
            looks.append(of_safety)
        new = {problem for look in looks for problem in look(mutated, documents)} - known
        return frozenset(problem.code for problem in new)

    return wrong


def _proof(documents: Mapping[str, Document], library: Library) -> Check:
    """What `kb verify` cannot prove of a library."""
    options.need_solver()
    from escalate.audit.verify.verify import verify
    from escalate.library.read_statements import statements_of

    statements = statements_of(documents, library)

    def unproved(mutated: Library) -> frozenset[str]:
        results = verify(mutated, statements, only=_PROOFS)
        return frozenset(
            f"{result.check} {failure.subject}" for result in results for failure in result.failures
        )

    known = unproved(library)
    return lambda mutated, _mutant: unproved(mutated) - known


def _equal(documents: Mapping[str, Document], library: Library) -> Equal | None:
    """Whether a mutant is proved to change nobody; without z3 nothing is."""
    try:
        from escalate.audit.mutate.equal import changes_nobody
    except ImportError:
        return None
    from escalate.library.read_statements import statements_of

    statements = statements_of(documents, library)
    return lambda mutated, mutant: changes_nobody(library, mutated, mutant, statements)


def _opens_nothing(documents: Mapping[str, Document], library: Library) -> Closed | None:
    """Whether a mutant beneath the rules is proved to open nothing; without z3 nothing is."""
    try:
        from escalate.audit.mutate.opens import Opens
    except ImportError:
        return None
    from functools import cache

    from escalate.library.read_statements import statements_of

    asked = cache(lambda: Opens(library, statements_of(documents, library)))
    return lambda mutated, mutant, turned: (
        mutant.under is not None and asked().nothing(mutated, mutant, turned)
    )


@contextmanager
def _progress(plain: bool) -> Iterator[Step | None]:
    """A progress bar on a terminal: one line for patients, one for mutants."""
    if plain or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress, TaskID

    with Progress(console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def told(what: str, done: int, of: int) -> None:
            if what not in tasks:
                words = {"patients": _("patients"), "mutants": _("mutants"), "proofs": _("proofs")}
                tasks[what] = bar.add_task(words[what], total=of)
            bar.update(tasks[what], completed=done, total=of)

        yield told
