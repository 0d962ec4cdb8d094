"""What `escalate pk` adds where it is asked: a target, a restart after a delay, measured levels."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from escalate.pk.definition import Model
from escalate.problems import UsageError
from escalate.texts import _, figure

if TYPE_CHECKING:
    from escalate.library.model import Library
    from escalate.pk.document import Question

_TARGET = re.compile(r"\s*(auc|trough|above)\s+([0-9.eE+-]+)\s*(?:@\s*([0-9.eE+-]+))?\s*")
_FEWEST_DOSES, _LONGEST_DAYS = 20, 365.0  # doses in a row for an interval, near a steady state
_LEVEL = re.compile(r"\s*([0-9.eE+-]+)\s*@\s*([0-9.eE+-]+)\s*")


def additions(library: Library, q: Question, asked: Mapping[str, Any]) -> dict[str, object]:
    """Entries beside the document's own: `individual`, `target`, `interval`, `restart`.

    Raises: UsageError or ValueError, naming the option.
    """
    from escalate.pk.simulate import typical_of

    out: dict[str, object] = {}
    values = typical_of(q.model, q.covariates)
    if asked["levels"]:
        out["individual"] = _individual(q, asked["levels"])
    if asked["target"]:
        out["target"] = _target(q, values, asked["target"])
    if asked["interval"]:
        out["interval"] = _interval(q, values, asked["interval"])
    if asked["restart"]:
        out["restart"] = _restart(library, q, values, asked["restart"])
    return out


def _individual(q: Question, texts: Sequence[str]) -> dict[str, object]:
    import numpy as np

    from escalate.pk.levels import Level, individual
    from escalate.pk.names import named, rounded
    from escalate.pk.simulate import measures

    levels = []
    for number, text in enumerate(texts, 1):
        match = _LEVEL.fullmatch(text)
        if match is None:
            raise UsageError(
                _('--level {number} (`{text}`): a level is written "8.2 @14", concentration @ day').format(
                    number=number, text=text
                )
            )
        levels.append(Level(_float(match[2], text), _float(match[1], text)))
    found = individual(q.model, q.covariates, q.given, levels)
    name, level = q.threshold or (None, None)
    errors = np.sqrt(np.diag(found.covariance))
    return {
        "parameters": {key: rounded(float(x[0])) for key, x in found.values.items()},
        "random_effects": {
            key: {"value": rounded(float(x), 4), "standard_error": rounded(float(e), 4)}
            for key, x, e in zip(found.names, found.effects, errors, strict=True)
        },
        **named(measures(q.model, found.values, q.given, level), q.model.units, name),
        "levels": [
            {"day": x.day, "measured": x.concentration, "predicted": rounded(float(p), 4)}
            for x, p in zip(levels, found.predicted, strict=True)
        ],
        "method": _("maximum a posteriori with the residual error of the model; errors on the log scale"),
    }


def _target(q: Question, values: Mapping[str, Any], text: str) -> dict[str, object]:
    from escalate.pk.dosing import AREA, TIME_ABOVE, TROUGH, Target, scale_to_reach
    from escalate.pk.names import rounded

    match = _TARGET.fullmatch(text)
    if match is None or (match[1] == "trough") != (match[3] is not None):
        raise UsageError(
            _('--target {text}: write "auc 500", "trough 10 @27" or "above 30"').format(text=text)
        )
    kind = {"auc": AREA, "trough": TROUGH, "above": TIME_ABOVE}[match[1]]
    level = q.threshold[1] if q.threshold else None
    target = Target(kind, _float(match[2], text), _float(match[3], text) if match[3] else 0.0, level)
    factor = scale_to_reach(q.model, values, q.given, target)
    return {
        "asked": text,
        "every_dose_times": rounded(factor, 6),
        "doses_mg": [rounded(factor * g.amount_mg, 6) for g in q.given],
        "note": _("what would reach the figure in the typical patient; no dose recommendation"),
    }


def _interval(q: Question, values: Mapping[str, Any], text: str) -> dict[str, object]:
    from escalate.pk.dosing import AREA, TIME_ABOVE, TROUGH, Target, interval_to_reach
    from escalate.pk.names import rounded

    match = _TARGET.fullmatch(text)
    if match is None or match[3] is not None:
        raise UsageError(_('--interval {text}: write "trough 5", "auc 20" or "above 90"').format(text=text))
    kind = {"auc": AREA, "trough": TROUGH, "above": TIME_ABOVE}[match[1]]
    level = q.threshold[1] if q.threshold else None
    target = Target(kind, _float(match[2], text), 0.0, level)
    count = max(len(q.given), _FEWEST_DOSES)
    days = interval_to_reach(q.model, values, q.given[-1], count, target, _LONGEST_DAYS)
    return {
        "asked": text,
        "every_days": rounded(days, 6),
        "dose_mg": rounded(q.given[-1].amount_mg, 6),
        "doses": count,
        "note": _("what would reach the figure in the typical patient; no dose recommendation"),
    }


def _restart(library: Library, q: Question, values: Mapping[str, Any], text: str) -> dict[str, object]:
    from escalate.pk.dosing import restart, restart_rules
    from escalate.pk.names import rounded
    from escalate.pk.simulate import samples

    if q.model.drug != "teclistamab":
        raise UsageError(_("--restart: no label rule is known for {drug}").format(drug=q.model.drug))
    last, _at, days = text.partition("@")
    gap = _float(days, text)
    says = restart(restart_rules(library.parameters), last.strip(), gap)
    day = q.given[-1].day + gap
    c = float(samples(q.model, values, q.given, [day], before=True)[0][0, 0])
    return {
        "last_dose": last.strip(),
        "gap_days": gap,
        "label_says": says.says if says else _("no rule for this gap; the label says may continue"),
        "mg_per_kg": says.mg_per_kg if says else None,
        "simulated_trough": {"day": day, "concentration": rounded(c, 6), "unit": q.model.units.concentration},
        "note": _("every restart with premedication and 48 h of monitoring; check the label's version"),
    }


def _float(text: str, where: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UsageError(
            _("`{where}`: `{text}` is no number").format(where=where, text=text.strip())
        ) from None


def additions_text(found: Mapping[str, Any], model: Model) -> str:
    """The same for a reader."""
    lines = []
    if "individual" in found:
        own = found["individual"]
        effects = own["random_effects"].items()
        lines.append(_("Individual parameters from the levels (maximum a posteriori):"))
        lines += [
            _("  {name} {value} {unit}  (log effect {effect}, standard error {error})").format(
                name=name,
                value=figure(own["parameters"][name], ".4g"),
                unit=model.parameters[name].unit,
                effect=figure(e["value"], "+.2f"),
                error=figure(e["standard_error"], ".2f"),
            )
            for name, e in effects
        ]
        lines += [
            _("  day {day}: measured {measured}, predicted {predicted}").format(
                day=figure(x["day"], "g"),
                measured=figure(x["measured"], "g"),
                predicted=figure(x["predicted"], ".4g"),
            )
            for x in own["levels"]
        ]
    if "target" in found:
        own = found["target"]
        lines.append(
            _("Target `{asked}`: every dose times {factor} ({doses} mg); {note}").format(
                asked=own["asked"],
                factor=figure(own["every_dose_times"], ".4g"),
                doses=", ".join(figure(mg, ".4g") for mg in own["doses_mg"]),
                note=own["note"],
            )
        )
    if "interval" in found:
        own = found["interval"]
        lines.append(
            _("Interval for `{asked}`: {mg} mg every {days} days ({doses} doses in a row); {note}").format(
                asked=own["asked"],
                mg=figure(own["dose_mg"], ".4g"),
                days=figure(own["every_days"], ".4g"),
                doses=own["doses"],
                note=own["note"],
            )
        )
    if "restart" in found:
        own = found["restart"]
        trough = own["simulated_trough"]
        lines.append(
            _("Restart {days} days after `{last_dose}`: {label}.").format(
                days=figure(own["gap_days"], "g"),
                last_dose=own["last_dose"],
                label=own["label_says"],
            )
        )
        lines.append(
            _("  simulated before it: {concentration} {unit}; {note}").format(
                concentration=figure(trough["concentration"], ".3g"), unit=trough["unit"], note=own["note"]
            )
        )
    return "\n".join(lines) + "\n" if lines else ""
