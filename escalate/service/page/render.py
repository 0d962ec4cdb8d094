"""Pages to HTML, and the few files that they need: all of them in memory, none from elsewhere."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from escalate._version import VERSION
from escalate.problems import printable
from escalate.report.html import page_style
from escalate.texts import LANGUAGES, _, ngettext

_TYPES = {
    "htmx.min.js": "text/javascript; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "page.css": "text/css; charset=utf-8",
    "report.css": "text/css; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
_LANGUAGE_NAMES = {"en": "English", "de": "Deutsch"}


@cache
def static_file(name: str) -> tuple[bytes, str] | None:
    """Content and media type; None where there is no such file."""
    if name not in _TYPES:
        return None
    if name == "report.css":
        return page_style().encode(), _TYPES[name]
    return files("escalate.service.page").joinpath("static", name).read_bytes(), _TYPES[name]


@cache
def _address(name: str) -> str:
    """The address of a static file; another content has another address, so that it may be kept for long."""
    found = static_file(name)
    assert found is not None, name
    return f"/static/{name}?v={hashlib.sha256(found[0]).hexdigest()[:12]}"


def html(template: str, root: str, language: str, context: Mapping[str, object]) -> str:
    """One page in the language spoken now. Args: root, the path below which the service stands, or empty."""
    return (
        _templates()
        .get_template(template)
        .render(
            root=root,
            language=language,
            languages=[(code, _LANGUAGE_NAMES[code]) for code in LANGUAGES],
            static=lambda name: root + _address(name),
            at="",
            changes={},
            **context,
        )
    )


def as_it_is(text: str) -> Markup:
    """A text for an editing box: escaped, its lines kept."""
    return Markup.escape(text)


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=ChoiceLoader([PackageLoader("escalate.service.page"), PackageLoader("escalate.report.html")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_harmless,
        auto_reload=False,
    )
    environment.globals.update(_=_, ngettext=ngettext, kept=as_it_is, version=VERSION)
    return environment


def _harmless(value: object) -> object:
    """A text of a stranger with control and direction-override characters made visible."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else printable(value)
