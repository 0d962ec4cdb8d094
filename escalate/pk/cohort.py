"""Covariates that differ between virtual persons: `weight_kg=74+-15`, `weight_kg=50..100`, `female=60%`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import erf, isfinite, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from escalate.pk.definition import Array, Model
from escalate.pk.population import normals
from escalate.texts import _

_NUMBER = r"(\d+(?:\.\d*)?(?:e[-+]?\d+)?)"
_FORMS = {
    "normal": re.compile(rf"\s*{_NUMBER}\s*(?:\+-|±)\s*{_NUMBER}\s*"),
    "uniform": re.compile(rf"\s*{_NUMBER}\s*\.\.\s*{_NUMBER}\s*"),
    "share": re.compile(rf"\s*{_NUMBER}\s*%\s*"),
}
_STREAM = 0x9E3779B9  # another stream of random numbers than that of the random effects
_TRIES = 16  # deviates per person and covariate, of which the first accepted one counts


class Distribution(NamedTuple):
    """How one covariate differs: `normal` with mean and standard deviation, `uniform` between both ends,
    or the `share` in percent of an indicator. A normal one is drawn within the range the model accepts.
    """

    name: str
    kind: str
    a: float
    b: float = 0.0

    def __str__(self) -> str:
        if self.kind == "share":
            return _("{name} = 1 in {share} %").format(name=self.name, share=format(self.a, "g"))
        if self.kind == "uniform":
            return _("{name} {low} to {high}").format(
                name=self.name, low=format(self.a, "g"), high=format(self.b, "g")
            )
        return f"{self.name} {self.a:g} +- {self.b:g}"


def read_distribution(text: str, model: Model) -> Distribution:
    """One distribution as people write it.

    Raises: ValueError that names what is wrong: no covariate of the model, no such form, bounds outside
            the accepted range.
    """
    name, sign, form = text.partition("=")
    name = name.strip()
    indicators = {c.name for c in model.covariates if c.is_indicator}
    known = {c.name for c in model.covariates} | set(model.ranges)
    if name not in known:
        names = ", ".join(sorted(known)) or "none"
        raise ValueError(
            _("`{text}`: `{name}` is not a covariate of {id}; it has {names}").format(
                text=text, name=name, id=model.id, names=names
            )
        )
    found = next(((kind, m) for kind, p in _FORMS.items() if (m := p.fullmatch(form)) and sign), None)
    if found is None:
        raise ValueError(
            _("`{text}`: write `{name}=74+-15`, `{name}=50..100`, or `{name}=60%` of an indicator").format(
                text=text, name=name
            )
        )
    kind, match = found
    numbers = [float(x) for x in match.groups()]
    if not all(isfinite(x) for x in numbers):
        raise ValueError(_("`{text}`: a number is not finite").format(text=text))
    if (kind == "share") != (name in indicators):
        raise ValueError(
            _("`{text}`: a percentage is for an indicator, the other forms are for a measure").format(
                text=text
            )
        )
    if kind == "share" and numbers[0] > 100.0:
        raise ValueError(_("`{text}`: more than 100 %").format(text=text))
    low, high = model.ranges[name].accepted if name in model.ranges else (0.0, 100.0)
    inside = numbers[:1] if kind == "normal" else numbers
    if any(not low <= x <= high for x in inside):
        raise ValueError(
            _("`{text}`: outside {low} to {high}").format(text=text, low=f"{low:g}", high=f"{high:g}")
        )
    if kind == "uniform" and numbers[1] <= numbers[0]:
        raise ValueError(_("`{text}`: the second number is not above the first").format(text=text))
    return Distribution(name, kind, *numbers)


def drawn(
    model: Model, distributions: Sequence[Distribution], number: NDArray[np.integer], seed: int
) -> dict[str, Array]:
    """The covariates of the persons with these numbers (n,), a function of seed and number alone."""
    out = {}
    for i, d in enumerate(distributions):
        z = normals(number, _TRIES, seed + (i + 1) * _STREAM)
        if d.kind == "normal":
            values = d.a + d.b * z
            low, high = model.ranges[d.name].accepted
            accepted = (values >= low) & (values <= high)
            first = values[accepted.argmax(axis=0), np.arange(number.size)]
            out[d.name] = np.clip(first, low, high)
            continue
        part = np.array([0.5 * (1.0 + erf(x / sqrt(2.0))) for x in z[0]])
        share = d.kind == "share"
        out[d.name] = np.where(part < d.a / 100.0, 1.0, 0.0) if share else d.a + (d.b - d.a) * part
    return out


def sizes(covariates: Mapping[str, float], own: Mapping[str, Array]) -> dict[str, Array]:
    """Body weight and surface relative to the person whom the doses were computed for.

    Where only the weight differs, the surface goes with its root: the height stays (Mosteller).
    """
    out = {}
    if "weight_kg" in own:
        out["kg"] = own["weight_kg"] / covariates["weight_kg"]
        out["m2"] = np.sqrt(out["kg"])
    if "bsa_m2" in own:
        out["m2"] = own["bsa_m2"] / covariates["bsa_m2"]
    return out
