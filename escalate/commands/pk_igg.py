"""`escalate pk igg`: the patient's own IgG after depletion, as a plain object and as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any

from escalate.files.pk_question import days, find_model
from escalate.library.model import Library
from escalate.pk.entries import read_entries
from escalate.pk.schedule import flat
from escalate.problems import UsageError
from escalate.texts import _, figure

if TYPE_CHECKING:
    from escalate.pk.igg import Infusion


def igg_answer(library: Library, asked: Mapping[str, Any]) -> dict[str, object]:
    """Weeks until the own IgG falls below the model's threshold; null is never."""
    from escalate.pk.igg import Infusion, load_igg
    from escalate.pk.names import rounded, rounded_all

    model = find_model(library, "igg_turnover_after_bcma")
    data = library.pk_models[model.id]
    if asked["baseline"] is None:
        raise UsageError(_("pk igg: --baseline is needed, the IgG in g/L before the drug"))
    assert isinstance(data, Mapping)
    igg = load_igg(data, asked["baseline"])
    written = flat(read_entries(asked["doses"]), asked["weight"], None) if asked["doses"] else ()
    infusions = tuple(Infusion(g.day, g.amount_mg / 1e3) for g in written)
    weeks = igg.weeks_below()
    low, high = (float(x) for x in data["spread"]["phi_res"])
    spread = [igg._replace(phi_res=x).weeks_below() for x in (low, high)]
    import numpy as np

    level = f"{igg.threshold:g}"
    at = np.array(days(asked["at"])) if asked["at"] else np.arange(0.0, 365.0, 7.0)
    out: dict[str, object] = {
        "model": model.id,
        f"weeks_to_igg_below_{level}": _or_never(weeks),
        "baseline_g_per_l": asked["baseline"],
        "lowest_without_replacement_g_per_l": rounded(igg.lowest),
        "interval_by_assumption": {
            f"weeks_to_igg_below_{level}": [_or_never(x) for x in spread],
            "means": _(
                "residual production from {low} to {high} of what it was; no interval of patients"
            ).format(low=figure(low, "g"), high=figure(high, "g")),
        },
        "concentrations": [rounded_all(pair) for pair in zip(at, igg.at(at), strict=True)],
    }
    if infusions:
        out["with_replacement"] = _replaced(igg.weeks_below(infusions), infusions, level) | {
            "concentrations": [rounded_all(pair) for pair in zip(at, igg.at(at, infusions), strict=True)]
        }
    out["published"] = data["checks"]
    out["model_card"] = dict(model.card)
    out["assumptions"] = [*model.caveats, *model.assumptions]
    return out


def _replaced(weeks: float, infusions: Sequence[Infusion], level: str) -> dict[str, object]:
    grams = sum(i.grams for i in infusions)
    return {f"weeks_to_igg_below_{level}": _or_never(weeks), "infusions": len(infusions), "grams": grams}


def _or_never(weeks: float) -> float | None:
    from escalate.pk.names import rounded

    return rounded(weeks) if isfinite(weeks) else None


def igg_text(found: Mapping[str, Any], width: int) -> str:
    """The same for a reader."""
    import textwrap

    key = next(name for name in found if name.startswith("weeks_to"))
    level = key.rpartition("_")[2]
    spread = _(" to ").join(_weeks(x) for x in found["interval_by_assumption"][key])
    lines = [
        _("Own IgG below {level} g/L: {weeks} (from the first dose)").format(
            level=level, weeks=_weeks(found[key])
        ),
        f"  {spread} ({found['interval_by_assumption']['means']})",
        _("  tends to {lowest} g/L without replacement").format(
            lowest=figure(found["lowest_without_replacement_g_per_l"], ".3g")
        ),
    ]
    if "with_replacement" in found:
        lines.append(
            _("  with the replacement given: {weeks}").format(weeks=_weeks(found["with_replacement"][key]))
        )
    lines.append("")
    for note in found["assumptions"]:
        lines += textwrap.wrap(note, width, initial_indent="- ", subsequent_indent="  ")
    return "\n".join(lines) + "\n"


def _weeks(x: float | None) -> str:
    return _("never") if x is None else _("after {weeks} weeks").format(weeks=figure(x, ".1f"))
