"""Pages to HTML: the only place that knows the template library. The same library gives the same bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from escalate.language.names import plain
from escalate.library.model import Library
from escalate.nodes import Document
from escalate.site import said
from escalate.site.addresses import addresses
from escalate.site.antibody_pages import antibody_pages
from escalate.site.chapter_pages import chapter_pages
from escalate.site.index_pages import HOME, index_pages, navigation
from escalate.site.page import Page
from escalate.site.reference_pages import reference_pages
from escalate.site.rows import read_rows
from escalate.site.therapy_pages import therapy_pages
from escalate.texts import _, figure, ngettext, speaking

STYLE = "style.css"
# Every page carries it, so that a later site knows which files it may replace.
MARK = '<meta name="generator" content="escalate kb docs">'


def site(library: Library, documents: Mapping[str, Document], language: str) -> dict[str, str]:
    """Every file of the site by its path.

    Args: library, built from `documents` in `language`, one of `escalate.texts.LANGUAGES`.
    """
    environment = Environment(
        loader=PackageLoader("escalate.site"),
        autoescape=lambda name: name is None or name.endswith(".html"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    with speaking(language):
        environment.globals.update(
            _=_,
            ngettext=ngettext,
            said=said,
            number=_number,
            language=language,
            # What stands in the register is English in every language; a screen reader is told so.
            english=Markup("") if language == "en" else Markup(' lang="en"'),
            navigation=navigation(),
            home=HOME,
            mark=Markup(MARK),
            style=STYLE,
            version=library.version,
            digest=library.digest,
        )
        files = {page.path: _html(page, environment) for page in _pages(library, documents, language)}
    return files | {STYLE: environment.get_template(STYLE).render()}


def _pages(library: Library, documents: Mapping[str, Document], language: str) -> Iterator[Page]:
    at, rows = addresses(library), read_rows(documents, language)
    yield from index_pages(library, at, rows)
    yield from therapy_pages(library, at)
    yield from chapter_pages(library, at)
    yield from antibody_pages(library, at, rows)
    yield from reference_pages(library, at, rows)


def _html(page: Page, environment: Environment) -> str:
    root = "../" * page.path.count("/")

    def url(path: str) -> str:
        return path if path.startswith("https://") else root + path

    return environment.get_template(page.template).render(page=page, url=url, **page.values)


def _number(number: Decimal) -> str:
    return figure(plain(number))
