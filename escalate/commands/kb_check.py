"""`escalate kb check`: whether the knowledge base loads, and whether it can mean what it says."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from escalate.commands import options
from escalate.commands.output import emit
from escalate.problems import KnowledgeRefused, Problem, in_order
from escalate.texts import N_, _

if TYPE_CHECKING:
    from escalate.library.model import Library

_FORMATS = ("text", "json", "sarif", "github")


@options.command(
    "check",
    help=N_(
        "Load the knowledge base and name every problem, sorted by place; exit status 1 if there is one."
    ),
)
@options.option("--format", "fmt", type=click.Choice(_FORMATS), default="text", show_default=True)
@options.output
@options.knowledge
@options.plain
@options.lang
def command(knowledge: str | None, fmt: str, output: str | None, plain: bool) -> None:
    """Load the knowledge base and name every problem, sorted by place; exit status 1 if there is one."""
    from escalate.audit.check import check, translations
    from escalate.files.knowledge_base import read_knowledge

    library: Library | None
    try:
        documents = read_knowledge(knowledge)
        library, problems = check(documents)
        if library is not None:
            problems = in_order({*problems, *translations(documents)})
    except KnowledgeRefused as unreadable:  # a file that is no YAML is a finding of this check, too
        library, problems = None, unreadable.problems
    if fmt != "text":
        emit(_said(library, problems, fmt), output)
    else:
        for problem in problems:
            click.echo(problem.render(), err=True)
        if library is not None and not problems:
            emit("\n".join(_summary(library)), output)
    if problems or library is None:
        sys.exit(1)


def _summary(library: Library) -> list[str]:
    from escalate.audit.check import drafts

    lines = [
        _("{at}: `{id}` is a draft and never fires").format(at=rule.at, id=rule.id)
        for rule in drafts(library)
    ]
    ids = {rule.id for rule in library.rules if rule.status == "active"}
    whole = _("knowledge {version}, {digest}: {rules} rules, {therapies} therapies, no problem").format(
        version=library.version, digest=library.digest, rules=len(ids), therapies=len(library.therapies)
    )
    return [*lines, whole]


def _said(library: Library | None, problems: tuple[Problem, ...], fmt: str) -> str:
    from escalate.audit import formats
    from escalate.files.json_text import dumps

    found = formats.results(problems)
    if fmt == "github":
        return "\n".join(formats.github(found))
    if fmt == "sarif":
        return dumps(formats.sarif(found, "escalate kb check"))
    return dumps(
        {
            "schema": "escalate/check/v1",
            "knowledge": None if library is None else {"version": library.version, "digest": library.digest},
            "problems": formats.document(found),
        }
    )
