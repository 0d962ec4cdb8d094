"""The language that people are spoken to in: English as written in the code, German from the catalogue.

    from escalate.texts import _, ngettext, speaking

    with speaking("de"):
        print(_("{count} rules were read").format(count=3))

The English text is the key of the catalogue (`escalate/locale/de/LC_MESSAGES/escalate.po`). Numbers and names
are put in after the translation, by name, so that a translator can order them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import gettext

LANGUAGES = ("en", "de")
# One per thread and per task: two requests of a service may speak two languages at once.
_LANGUAGE: ContextVar[str] = ContextVar("language", default="en")


def _(message: str) -> str:
    """The message in the language spoken now."""
    language = _LANGUAGE.get()
    return message if language == "en" else _catalogue(language).gettext(message)


def ngettext(one: str, many: str, count: int) -> str:
    """The message for one or for many, in the language spoken now."""
    language = _LANGUAGE.get()
    if language == "en":
        return one if count == 1 else many
    return _catalogue(language).ngettext(one, many, count)


def spoken_now() -> str:
    """One of LANGUAGES."""
    return _LANGUAGE.get()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak this language until the end of the block."""
    before = _LANGUAGE.set(language)
    try:
        yield
    finally:
        _LANGUAGE.reset(before)


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    import gettext  # costs more than all of English
    import os.path

    return gettext.translation("escalate", os.path.join(os.path.dirname(__file__), "locale"), [language])
