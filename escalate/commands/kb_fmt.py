"""`escalate kb fmt`: the one form of the knowledge files, so that a diff shows what was meant."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import click

from escalate.commands import options
from escalate.commands.spoken import Command
from escalate.problems import KnowledgeRefused
from escalate.texts import N_, _


@click.command(
    "fmt",
    cls=Command,
    help=N_(
        "Write FILES (default: every file of the knowledge base) in their one form: order of keys, spacing, "
        "blank lines. Comments, words and numbers stay."
    ),
)
@click.argument("files", nargs=-1, type=click.Path(), metavar="FILES...")
@options.option("--check", is_flag=True, help=N_("Change nothing; exit status 1 where a file would change."))
@options.knowledge
@options.plain
@options.lang
def command(files: tuple[str, ...], check: bool, knowledge: str | None, plain: bool) -> None:
    """Write the knowledge files in their one form."""
    from escalate.audit.canonical import canonical
    from escalate.files.knowledge_base import read_knowledge, shipped_folder
    from escalate.files.yaml_reader import read_document

    if files:
        documents = {Path(file): read_document(file, KnowledgeRefused) for file in files}
    else:
        root = Path(knowledge) if knowledge else shipped_folder()
        documents = {root / name: document for name, document in read_knowledge(knowledge).items()}
    changed = 0
    for path, document in documents.items():
        told = canonical(document)
        if told == path.read_text(encoding="utf-8"):
            continue
        changed += 1
        click.echo(str(document.file))
        if not check:
            _replace(path, told)
    click.echo(
        _("{changed} of {count} files would change").format(changed=changed, count=len(documents))
        if check
        else _("{changed} of {count} files changed").format(changed=changed, count=len(documents))
    )
    if check and changed:
        sys.exit(1)


def _replace(path: Path, text: str) -> None:
    """The whole file or none of it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(name, path.stat().st_mode & 0o777)
        os.replace(name, path)
    except OSError:
        os.unlink(name)
        raise
