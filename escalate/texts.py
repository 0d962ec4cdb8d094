"""The language that people are spoken to in: English as written in the code, German from the catalogue.

    from escalate.texts import _, ngettext, speaking

    with speaking("de"):
        print(_("{count} rules were read").format(count=3))

The English text is the key of the catalogue (`escalate/locale/de/LC_MESSAGES/escalate.po`). Numbers and names
are put in after the translation, by name, so that a translator can order them. A text that is made ready
before anybody speaks (a table of words, the help of a command) is marked by `N_` and translated by `_`
where it is said. Numbers in German have a decimal comma (`figure`); days stay `2026-10-12`, as the files
write them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    import gettext
    from decimal import Decimal

LANGUAGES = ("en", "de")
P = ParamSpec("P")
R = TypeVar("R")
# One per thread and per task: two requests of a service may speak two languages at once.
_LANGUAGE: ContextVar[str] = ContextVar("language", default="en")


def _(message: str) -> str:
    """The message in the language spoken now."""
    language = _LANGUAGE.get()
    return message if language == "en" else catalogue(language).gettext(message)


def ngettext(one: str, many: str, count: int) -> str:
    """The message for one or for many, in the language spoken now."""
    language = _LANGUAGE.get()
    if language == "en":
        return one if count == 1 else many
    return catalogue(language).ngettext(one, many, count)


def N_(message: str) -> str:
    """The message as it is: this mark puts it into the catalogue."""
    return message


def figure(number: float | Decimal | str, form: str = "") -> str:
    """A number as it is written in the language spoken now.

    Args: number, or the text of one; form, as in `format`: `.4g`.

    >>> figure(4.68, "g"), figure("12.1429")
    ('4.68', '12.1429')
    >>> with speaking("de"):
    ...     figure(4.68, "g")
    '4,68'
    """
    text = number if isinstance(number, str) else format(number, form)
    return text if _LANGUAGE.get() == "en" else text.replace(".", ",")


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


def in_its_language(tell: Callable[P, R]) -> Callable[P, R]:
    """A function whose first argument holds a library (`.library`) speaks that library's language."""

    @wraps(tell)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        about: Any = args[0]
        with speaking(about.library.language):
            return tell(*args, **kwargs)

    return told


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """The catalogue of a language other than English.

    Raises: FileNotFoundError where it was not compiled (`make catalogue`).
    """
    import gettext  # costs more than all of English
    import os.path

    return gettext.translation("escalate", os.path.join(os.path.dirname(__file__), "locale"), [language])
