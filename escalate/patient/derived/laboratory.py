"""What several laboratory values say together. Dossier 6.6 IVIG-X1."""

from __future__ import annotations

from decimal import Decimal

from escalate.language.facts import Fact, Status
from escalate.patient.derived.answers import origins_of, plain, unknown, yes_no
from escalate.patient.derived.registry import Case, derived
from escalate.truth import Truth


@derived("labs.iga_deficient")
def iga_deficient(case: Case, name: str) -> Fact:
    """Stated by the laboratory, or IgA below the limit of the parameters; FALSE where one of them says no."""
    stated, measured = case["labs.iga_deficiency"], case["labs.iga_g_per_l"]
    limit = case.parameters.iga_deficient_below_g_per_l
    if stated.value is True:
        return yes_no(name, Truth.TRUE, "stated by the laboratory", stated.origins)
    if isinstance(measured.value, Decimal):
        low = measured.value < limit
        because = f"IgA {plain(measured.value)} g/L is {'below' if low else 'not below'} {plain(limit)} g/L"
        return yes_no(name, Truth.of(low), because, origins_of(measured, stated))
    if stated.status is Status.KNOWN:
        return yes_no(name, Truth.FALSE, "stated by the laboratory", stated.origins)
    return unknown(name, ("labs.iga_g_per_l",))
