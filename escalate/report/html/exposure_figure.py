"""The course of an exposure as a picture inside the page: an SVG in a data address, so no ids clash."""

from __future__ import annotations

import re
from base64 import b64encode
from decimal import Decimal
from typing import Any

from escalate.assessment import Assessment
from escalate.options.model import Option

_LINES = re.compile(rb">\s+<")


def figures(assessment: Assessment) -> dict[str, str]:
    """By therapy id, for every open option with an exposure: the address of its picture."""
    found = {}
    for option in assessment.proposal.options:
        exposure: Any = assessment.plan(option).exposure if option.verdict.is_open else None
        if exposure is not None:
            picture = _LINES.sub(b"><", _picture(option, exposure["ec90_ug_per_ml"], assessment))
            found[option.therapy.id] = f"data:image/svg+xml;base64,{b64encode(picture).decode()}"
    return found


def _picture(option: Option, ec90: float, assessment: Assessment) -> bytes:
    """The same regimen and weight that the option's exposure was computed from."""
    # numpy and matplotlib come with these modules: only a page with an exposure pays for them.
    from escalate.pk.document import Question
    from escalate.pk.entries import Given
    from escalate.pk.figure import picture
    from escalate.pk.model import load
    from escalate.plan.regimen import planned_doses

    regimen = option.therapy.regimens[0]
    weight = assessment.reasons.facts["demographics.weight_kg"].value
    if not isinstance(weight, Decimal):
        raise ValueError("an exposure was computed without a weight")
    stated: Any = assessment.library.pk_models[option.therapy.pk_model]
    model = load(stated)
    _percent, persons, seed = model.virtual  # the virtual patients of the interval
    return picture(
        Question(
            model=model,
            covariates={"weight_kg": float(weight)},
            given=tuple(
                Given(float(d.day), float(d.mg), "", regimen.route, 0.0, d.name)
                for d in planned_doses(regimen, weight)
            ),
            threshold=("ec90", ec90),
            at=(),
            falling=True,
            persons=persons,
            seed=seed,
            draws=0,
            workers=1,
            notes=(),
            weight_kg=float(weight),
        ),
        "svg",
    )
