"""On what a rule stands: its sources and, where it is no evidence, the word that says so."""

from __future__ import annotations

from typing import Any

from escalate.library.model import Rule
from escalate.texts import N_, _

BASIS_WORDS = {"expert_judgement": N_("judgement"), "unverified": N_("unverified")}


def support(rule: Rule) -> str:
    """What follows a rule's id in brackets: `; E06; judgement`."""
    parts = [source.ref for source in rule.sources]
    if word := basis_word(rule):
        parts.append(word)
    return "".join(f"; {part}" for part in dict.fromkeys(parts))


def basis_word(rule: Rule) -> str:
    """The word for a rule that no evidence carries; nothing where a source does."""
    return _(BASIS_WORDS[rule.basis]) if rule.basis in BASIS_WORDS else ""


def basis_document(basis: str) -> dict[str, Any]:
    """The contract knows two words; what the dossier holds unconfirmed is a judgement that says so."""
    if basis == "unverified":
        return {"basis": "expert_judgement", "verified": False}
    return {"basis": basis, "verified": True}
