"""`escalate kb coverage`: what of the knowledge the vignettes reach."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from escalate.commands import options
from escalate.commands.output import emit
from escalate.problems import UsageError
from escalate.texts import N_, _, spoken_now

if TYPE_CHECKING:
    from escalate.audit.coverage import Boundary, Clause, Coverage, RuleCoverage
    from escalate.audit.observe import Observation
    from escalate.library.model import Library


@options.command(
    "coverage",
    short_help=N_("What of the rules the vignettes reach."),
    help=N_(
        "Say which rules, clauses, UNKNOWN outcomes and boundaries the vignettes of FOLDER reach "
        "(default: beside the knowledge).\n\n"
        "A rule is covered when one case fires it and one just does not: the same patient but for fields "
        "that the rule reads. Exit status 1 while one active rule is not covered."
    ),
)
@click.argument("folder", required=False, type=click.Path())
@options.option("--format", "fmt", type=click.Choice(("text", "json")), default="text", show_default=True)
@options.output
@options.knowledge
@options.plain
@options.lang
def command(folder: str | None, fmt: str, output: str | None, knowledge: str | None, plain: bool) -> None:
    """Which rules, clauses, UNKNOWN outcomes and boundaries the vignettes reach."""
    from escalate.audit.coverage import coverage
    from escalate.files.json_text import dumps
    from escalate.files.knowledge_base import load_knowledge, shipped_folder

    library = load_knowledge(knowledge, spoken_now())
    beside = Path(knowledge) if knowledge else shipped_folder()
    place = Path(folder) if folder else beside / "tests" / "vignettes"
    reached = coverage(library, _observed(place, library, plain))
    emit(dumps(_document(reached, library)) if fmt == "json" else "\n".join(_text(reached, library)), output)
    if not reached.complete:
        sys.exit(1)


def _observed(place: Path, library: Library, plain: bool) -> list[Observation]:
    """Every case that is read, with a progress bar on a terminal."""
    from escalate.files.vignettes import observed, vignette_cases

    cases = list(vignette_cases(place))
    if not cases:
        raise UsageError(_("{folder}: no vignettes found").format(folder=place))
    if plain or not sys.stderr.isatty():
        return list(observed(cases, library))
    with click.progressbar(cases, label=_("cases"), file=sys.stderr) as bar:
        return list(observed(bar, library))


def _document(reached: Coverage, library: Library) -> dict[str, object]:
    """The same as JSON."""
    return {
        "knowledge": {"version": library.version, "digest": library.digest},
        "complete": reached.complete,
        "summary": dict(_counts(reached)),
        "rules": [
            {
                "id": rule.id,
                "kind": rule.kind,
                "at": str(rule.at),
                "covered": rule.covered,
                "fires": rule.fires or None,
                "just_not": {"fires": rule.just_not[0], "does_not": rule.just_not[1]}
                if rule.just_not
                else None,
                "unknown": rule.unknown,
                "clauses": [{"text": c.text, "true": c.true, "false": c.false} for c in rule.clauses],
            }
            for rule in reached.rules
        ],
        "boundaries": [
            {"text": b.text, "at": b.at, "one_step_beyond": b.beyond, "rules": list(b.rules)}
            for b in reached.boundaries
        ],
    }


def _counts(reached: Coverage) -> Iterator[tuple[str, int]]:
    rules, clauses = reached.rules, [c for rule in reached.rules for c in rule.clauses]
    yield "cases", reached.cases
    yield "rules", len(rules)
    yield "covered", sum(rule.covered for rule in rules)
    yield "fired", sum(bool(rule.fires) for rule in rules)
    yield "just_not", sum(rule.just_not is not None for rule in rules)
    yield "unknown", sum(rule.unknown for rule in rules)
    yield "clauses", len(clauses)
    yield "clauses_true", sum(c.true for c in clauses)
    yield "clauses_false", sum(c.false for c in clauses)
    yield "boundaries", len(reached.boundaries)
    yield "boundaries_at", sum(b.at for b in reached.boundaries)
    yield "boundaries_beyond", sum(b.beyond for b in reached.boundaries)


def _text(reached: Coverage, library: Library) -> Iterator[str]:
    n = dict(_counts(reached))
    share = 100 * n["covered"] // max(n["rules"], 1)
    yield _("knowledge {version}, {digest}: {cases} cases").format(
        version=library.version, digest=library.digest, cases=n["cases"]
    )
    yield _("rules: {covered} of {rules} covered ({share} %); {fired} fire, {just_not} just do not").format(
        share=share, **n
    )
    yield _("unknown: {unknown} of {rules} rules were undecided in some case").format(**n)
    yield _("clauses: of {clauses}, {clauses_true} were TRUE and {clauses_false} were FALSE").format(**n)
    yield _(
        "boundaries: of {boundaries}, {boundaries_at} were met, {boundaries_beyond} missed by a step"
    ).format(**n)
    for rule in reached.rules:
        if lacking := list(_lacking(rule)):
            yield f"{rule.at}: {rule.id}: {'; '.join(lacking)}"
    for boundary in reached.boundaries:
        if lacking := list(_unmet(boundary)):
            yield f"{boundary.text} ({', '.join(boundary.rules)}): {'; '.join(lacking)}"


def _lacking(rule: RuleCoverage) -> Iterator[str]:
    """What no case shows of a rule."""
    if not rule.fires:
        yield _("never fires")
    elif rule.just_not is None:
        yield _("no case beside a firing one does not fire it")
    if not rule.unknown:
        yield _("never undecided")
    for clause in rule.clauses:
        yield from _one_sided(clause)


def _one_sided(clause: Clause) -> Iterator[str]:
    if not clause.true:
        yield _("`{clause}` is never TRUE").format(clause=clause.text)
    if not clause.false:
        yield _("`{clause}` is never FALSE").format(clause=clause.text)


def _unmet(boundary: Boundary) -> Iterator[str]:
    if not boundary.at:
        yield _("no case meets it exactly")
    if not boundary.beyond:
        yield _("no case misses it by one step")
