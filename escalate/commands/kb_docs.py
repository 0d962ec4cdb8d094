"""`escalate kb docs`: the knowledge as a static site."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from escalate.commands import options
from escalate.problems import UsageError
from escalate.texts import N_, _, ngettext, spoken_now


@options.command(
    "docs",
    short_help=N_("The knowledge as a static site."),
    help=N_(
        "Write the knowledge as a static site: a page per therapy, gate, pathway and antibody, "
        "with sources.\n\n"
        "Pages of an earlier site in the folder are replaced; other files stay."
    ),
)
@options.option(
    "-o",
    "--output",
    metavar="DIR",
    default="site",
    show_default=True,
    type=click.Path(file_okay=False),
    help=N_("The folder of the site."),
)
@options.knowledge
@options.plain
@options.lang
def command(output: str, knowledge: str | None, plain: bool) -> None:
    """Render the knowledge base and write it."""
    from escalate.files.knowledge_base import read_knowledge
    from escalate.library.build import build_library
    from escalate.site.render import site

    language, documents = spoken_now(), read_knowledge(knowledge)
    files = site(build_library(documents, language), documents, language)
    try:
        _write(files, Path(output))
    except OSError as error:
        raise UsageError(f"-o {output}: {error.strerror}") from None
    pages = sum(name.endswith(".html") for name in files)
    click.echo(
        ngettext("{count} page: {first}", "{count} pages: {first}", pages).format(
            count=pages, first=Path(output) / "index.html"
        )
    )


def _write(files: Mapping[str, str], folder: Path) -> None:
    """The files below a folder; what is no page of such a site is neither replaced nor removed."""
    from escalate.site.render import MARK

    earlier = {path for path in folder.rglob("*.html") if MARK in path.read_text("utf-8", "replace")}
    for name in files:
        path = folder / name
        if path.suffix == ".html" and path.exists() and path not in earlier:
            raise UsageError(
                _("-o {folder}: `{name}` is there and is no page of an earlier site").format(
                    folder=folder, name=name
                )
            )
    for path in earlier:
        path.unlink()
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
