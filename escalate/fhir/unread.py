"""What an entry that cannot be read is about: the fields whose older value it takes away."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from escalate.fhir.model import Candidate, Item, Told
from escalate.fhir.own import WHOLE_HISTORY, fact_of
from escalate.fhir.shapes import codings, mapping, objects, text
from escalate.fhir.times import When
from escalate.library.model import Library
from escalate.library.once import Once
from escalate.library.terms import Code, Terms, terms_of

_LOINC = re.compile(r"\d{3,7}-\d", re.ASCII)
_NOT_DONE = ("not-performed", "not-applicable")


def fields_named(part: Mapping[str, Any], library: Library, terms: Terms) -> tuple[str, ...]:
    """The fields that the codes of an Observation or component lead to, read or not."""
    found: list[str] = []
    for coding in codings(part.get("code")):
        if coding.system == terms.own:
            known = coding.code == WHOLE_HISTORY or fact_of(coding.code, library) is not None
            found += [coding.code] if known else []
    for code in _measures(part, terms):
        if code.antibody:
            found.append(f"antibodies[{code.antibody}]")
        elif code.fact:
            found.append(code.fact)
    return tuple(dict.fromkeys(found))


def _measures(part: Mapping[str, Any], terms: Terms) -> list[Code]:
    """What the codes of the tables name; where none does, what a LOINC code without its system may name."""
    every = (terms.measured.get((coding.system, coding.code)) for coding in codings(part.get("code")))
    found = [code for code in every if code is not None]
    if found or any(coding.system == terms.own for coding in codings(part.get("code"))):
        return found
    homeless = loinc_elsewhere(part, terms)
    return [terms.measured[terms.loinc, homeless]] if homeless else []


def loinc_elsewhere(part: Mapping[str, Any], terms: Terms) -> str:
    """A code of the form of LOINC that is read, under no system or another one; the empty text for none."""
    for coding in objects(mapping(part.get("code")).get("coding")):
        code = text(coding.get("code")).strip()
        if _LOINC.fullmatch(code) and (terms.loinc, code) in terms.measured:
            return code
    return ""


def unread(
    item: Item, part: Mapping[str, Any], reason: str, day: When | None, library: Library, terms: Terms
) -> list[Candidate]:
    """A candidate without a value for each field that the part would have filled."""
    own = any(coding.system == terms.own for coding in codings(part.get("code")))
    indirect = not own and all(is_indirect(code, library) for code in _measures(part, terms))
    return [
        Candidate(field, Told(), day, item, unread=reason, indirect=indirect)
        for field in fields_named(part, library, terms)
    ]


def is_indirect(code: Code, library: Library) -> bool:
    """Whether the code settles its field one way only, and another code settles it both ways."""
    return (
        code.read == "result" and "positive" not in (code.answers or {}) and code.fact in _measured(library)
    )


@Once
def _measured(library: Library) -> frozenset[str]:
    codes = terms_of(library).measured.values()
    return frozenset(
        code.fact for code in codes if code.read == "result" and "positive" in (code.answers or {})
    )


def states_nothing(part: Mapping[str, Any], status: Any) -> bool:
    """Whether there is no result at all: one that is only asked for, or was not measured.

    Any other reason for an absent value (masked, an error, unknown) may hide a result.
    """
    if any(key.startswith("value") for key in part) or part.get("interpretation"):
        return False
    absent = objects(mapping(part.get("dataAbsentReason")).get("coding"))
    return status == "registered" or any(coding.get("code") in _NOT_DONE for coding in absent)
