"""Which therapy a draft order is for: by its code, never by the words beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from escalate.fhir.shapes import codings, is_forbidden, mapping, named, not_understood, short, text
from escalate.library.model import Library
from escalate.library.terms import Terms, terms_of
from escalate.patient.vocabulary import resolve
from escalate.service.hooks.drafts import Draft
from escalate.texts import _

_OF_A_DRUG = re.compile(r"[A-Z]\d\d[A-Z]{2}\d\d", re.ASCII)  # a shorter ATC code is that of a group


@dataclass(frozen=True, slots=True)
class Ordered:
    """One selected medication: `therapy`, its id, or None with `why` it cannot be judged."""

    order: str  # `MedicationRequest/1`
    name: str
    therapy: str | None
    why: str = ""


def ordered(draft: Draft, library: Library) -> Ordered | None:
    """What an order is for; None for no medication, and for a drug whose code is of none that is assessed.

    None as well for an order not to give a drug: nothing can stand against not giving it.
    """
    if draft.order.get("resourceType") != "MedicationRequest" or is_forbidden(draft.order):
        return None
    called = _called(draft)
    if draft.concept is None:
        return Ordered(draft.name, called, None, _("the medication that it refers to was not sent"))
    drugs = _drugs(draft.concept, library)
    if len(drugs) > 1:
        codes = ", ".join(short(code) for code in drugs.values())
        return Ordered(
            draft.name, called, None, _("its codes name several drugs: {codes}").format(codes=codes)
        )
    drug, code = next(iter(drugs.items()), ("", ""))
    if drug not in library.therapies:
        if drug != code or _OF_A_DRUG.match(code):
            return None
        return Ordered(draft.name, called, None, _("its order holds no ATC code of a drug"))
    name = library.therapies[drug].name
    if not draft.is_theirs:
        return Ordered(draft.name, name, None, _("its order does not say that it is of this patient"))
    odd = not_understood(draft.order)
    if odd:
        said = _("it has {key}, which changes what it means").format(key=odd)
        return Ordered(draft.name, name, None, said)
    return Ordered(draft.name, name, drug)


def _drugs(concept: Mapping[str, Any], library: Library) -> dict[str, str]:
    """The drugs that the ATC codes name, each with a code: a therapy by its id, another drug by its code."""
    terms = terms_of(library)
    codes = {coding.code.upper() for coding in codings(concept) if coding.system in terms.atc}
    # The group of a drug beside the drug itself says nothing more.
    exact = [code for code in codes if not any(one != code and one.startswith(code) for one in codes)]
    return {_drug(code, terms, library): code for code in sorted(exact)}


def _drug(code: str, terms: Terms, library: Library) -> str:
    groups = (drug for start, drug in terms.drug_groups.items() if code.startswith(start))
    known = terms.drugs.get(code) or next(groups, None)
    return code if known is None else _listed(known.name, library) or known.name


def _listed(drug: str, library: Library) -> str | None:
    """The therapy that a drug of the history belongs to: prednisolone is one of the glucocorticoids."""
    found = drug if drug in library.therapies else resolve(drug, library.drugs, "therapy")
    return found if isinstance(found, str) and found in library.therapies else None


def _called(draft: Draft) -> str:
    display = text(mapping(draft.order.get("medicationReference")).get("display"))
    return named(draft.concept) or short(display) or short(draft.name)
