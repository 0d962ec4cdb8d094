"""Names of entities, antibodies and drugs as files write them; what is not recognised is never guessed."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from escalate.library.fold import fold
from escalate.library.model import Library, Vocabulary
from escalate.patient.offers import holds_a_negation
from escalate.texts import N_, _

__all__ = ["NotAName", "fold", "resolve", "vocabulary"]

_SAID = {
    "entity": N_("diagnosis"),
    "overlap": N_("overlapping disease"),
    "antibody": N_("antibody"),
    "therapy": N_("drug or therapy"),
    "drug": N_("drug"),
}


@dataclass(frozen=True, slots=True)
class NotAName:
    """Why a spelling was not taken, and what would be."""

    code: str  # unknown-name, or ambiguous-name
    message: str
    help: str


def vocabulary(library: Library, kind: str) -> Vocabulary:
    """The vocabulary of `kind`: entity, overlap, antibody, therapy or drug."""
    named = {"entity": library.entities, "overlap": library.overlaps, "antibody": library.antibodies}
    return named.get(kind, library.drugs)


def said_kind(kind: str) -> str:
    """What a vocabulary names, for a message."""
    return _(_SAID[kind]) if kind in _SAID else kind


def resolve(text: str, names: Vocabulary, kind: str) -> str | NotAName:
    """The project's own name for a spelling.

    Look-alikes are refused before synonyms are looked up, so that no synonym of a later knowledge
    base can make a guess out of them.
    """
    folded = fold(text)
    # A vocabulary may list a refused spelling as written, where folding would merge it with a good one.
    why = names.refused.get(text.strip()) or names.refused.get(folded)
    shown = text if len(text) <= 60 else text[:60] + "..."
    if why:
        return NotAName("ambiguous-name", _("`{shown}` is not guessed").format(shown=shown), why)
    found = names.canonical.get(folded)
    if found is not None:
        return found
    return NotAName(
        "unknown-name",
        _("`{shown}` is not a known {kind}").format(shown=shown, kind=said_kind(kind)),
        _near(text, names, kind),
    )


def _near(text: str, names: Vocabulary, kind: str) -> str:
    # A wrong letter in a word of four is 0.75. Below that `Latex` is near folic acid, and `foo` a brand.
    folded = fold(text)
    cutoff = 0.65 if kind == "antibody" and len(folded) <= 3 else 0.75  # `Jo-l` with a letter
    if len(folded) > 100 or holds_a_negation(text):
        near = []  # difflib is quadratic: a hostile name of a megabyte is not worth a suggestion
    else:
        # `Cotrim forte` names a drug and a strength, and begins another name.
        known = [word for word in map(fold, text.split()) if len(word) > 3 and word in names.canonical]
        known += [name for name in names.canonical if len(folded) > 5 and name.startswith(folded)]
        near = known + get_close_matches(folded, names.canonical, n=6, cutoff=cutoff)
    offered = list(dict.fromkeys(names.canonical[n] for n in near))[:3]
    if not offered:
        return _("names and their synonyms are listed in knowledge/")
    return _("did you mean {names}?").format(names=_(" or ").join(f"`{n}`" for n in offered))
