"""One spelling for the many ways in which a name is written.

Hyphens, spaces, dots and slashes carry no meaning in the names of antibodies and drugs (`Jo-1`,
`Jo 1`, `anti-Jo1`); letters and digits do, so look-alikes (`Jo-l` with a letter, `CsA` and `CYC`)
stay apart.
"""

from __future__ import annotations

import re
import unicodedata

_GREEK = {"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "κ": "kappa", "μ": "mu", "ω": "omega"}
_UMLAUT = {"ä": "ae", "ö": "oe", "ü": "ue"}
_LETTERS = str.maketrans(_GREEK | _UMLAUT)
_ANTIBODY_WORD = re.compile(r"(?<=\w)(?:[\s_-]+a?ak|[\s_-]*(?:auto)?(?:antikoerper|antibod(?:y|ies)))$")
_SEPARATORS = re.compile(r"[^\w%+]|_")


def fold(text: str) -> str:
    """The folded spelling: lower case, no separators, Greek and umlauts spelled out, no leading `anti`.

    >>> fold("anti-TIF1-γ"), fold("Anti Jo 1 Antikörper"), fold("Jo-l")
    ('tif1gamma', 'jo1', 'jol')
    """
    plain = unicodedata.normalize("NFKC", text).casefold().strip().translate(_LETTERS)
    joined = _SEPARATORS.sub("", _ANTIBODY_WORD.sub("", plain))
    rest = joined.removeprefix("anti")
    return rest or joined
