"""What is offered in place of a word that a field does not take: all of its words, the nearest in front.

A near word may say the opposite (`inactive` beside `active`, `absent` beside `present`), and whoever reads
"did you mean" types it in. So a word is put in front only where it cannot turn what was written round.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from escalate.language.words import say_word
from escalate.library.fold import fold
from escalate.patient.complaints import listed
from escalate.texts import _, spoken_now

_NOTHING = frozenset(["none", "no", "nil", "nein", "kein", "keine", "keiner", "keines", "nichts"])
_NEGATING_WORDS = _NOTHING | {"not", "never", "without", "nicht", "nie", "ohne"}
_NEGATING = re.compile(r"(?:in|un|ab|a|de|non|dis|im|il|ir)(?=\w{3})")
# A wrong letter in a word of five is 0.8; `minor` and `major` are 0.6, `absent` and `present` 0.62.
_CUTOFF = 0.8
_END = 2
_LONGEST = 100  # difflib is quadratic: a hostile word of a megabyte is not worth a suggestion


def says_nothing(text: str) -> bool:
    """Whether a word in a list says that the list is empty: `none`, `keine`.

    >>> says_nothing("None"), says_nothing("Latex")
    (True, False)
    """
    return text.strip().casefold() in _NOTHING


def empty_list() -> str:
    """How a file says that there is none."""
    return _("write [] in place of the list where it was looked for and there is none")


def may_turn_round(written: str, offered: str) -> bool:
    """Whether one of two words may say the opposite of the other.

    >>> may_turn_round("inactive", "active"), may_turn_round("untreated", "treatd")
    (True, True)
    >>> may_turn_round("positve", "positive"), may_turn_round("positiv", "positive")
    (False, False)
    """
    short, long = sorted((fold(written), fold(offered)), key=len)
    # `positiv` lacks a letter at its end, where nothing is negated.
    inside = short in long and not (long.startswith(short) and len(long) - len(short) <= _END)
    return inside or _negations(written) != _negations(offered)


def holds_a_negation(text: str) -> bool:
    """Whether a word of the text says no: `not positive`, `keine Statine`."""
    return any(word in _NEGATING_WORDS for word in _words(text))


def word_help(text: str, words: Iterable[str], labels: Mapping[str, str] | None = None) -> str:
    """`did you mean x? accepted: x, y, z` for a text that is none of the words.

    Args: labels, what the words are called in the language spoken now, where they have names.
    """
    words = tuple(words)
    said = accepted_words(words, labels)
    near = _nearest(text, words, labels or {}) if len(text) <= _LONGEST else None
    if near is None:
        return said
    return _("did you mean {names}?").format(names=f"`{near}`") + " " + said


def accepted_words(words: Iterable[str], labels: Mapping[str, str] | None = None) -> str:
    """`accepted: x, y`; for a German reader each with its German: `accepted: active (aktiv)`."""
    return listed(said_words(words, labels))


def said_words(words: Iterable[str], labels: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The words as files write them, in German each with what it is called there."""
    return tuple(_beside(word, labels or {}) for word in words)


def _beside(word: str, labels: Mapping[str, str]) -> str:
    called = _called(word, labels)
    return f"{word} ({called})" if called and fold(called) != fold(word) else word


def _called(word: str, labels: Mapping[str, str]) -> str:
    if spoken_now() == "en":
        return ""
    return labels.get(word) or say_word(word)


def _nearest(text: str, words: tuple[str, ...], labels: Mapping[str, str]) -> str | None:
    written = fold(text)
    for word in words:
        called = _called(word, labels)
        if called and fold(called) == written:
            return word
    folded = {fold(word): word for word in words}
    near = (folded[f] for f in get_close_matches(written, folded, n=3, cutoff=_CUTOFF))
    return next((word for word in near if not may_turn_round(text, word)), None)


def _negations(text: str) -> list[str]:
    """What says no in it, in order: `uncompensated` and `decompensated` are not the same either."""
    starts = ((word, _NEGATING.match(word)) for word in _words(text))
    return [found[0] if found else word for word, found in starts if found or word in _NEGATING_WORDS]


def _words(text: str) -> list[str]:
    return re.split(r"[\W_]+", text.casefold())
