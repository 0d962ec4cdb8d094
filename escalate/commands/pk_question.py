"""From the options of `escalate pk` to one question about one model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from math import isfinite, sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from escalate.library.model import Library
from escalate.pk.definition import Model
from escalate.pk.document import Question
from escalate.pk.entries import Given, read_entries
from escalate.pk.events import read_events
from escalate.pk.reading import load
from escalate.pk.schedule import flat, routed
from escalate.problems import UsageError, nearest

if TYPE_CHECKING:
    from escalate.pk.igg import Infusion

_DEFAULT_THERAPY = "teclistamab"


def find_model(library: Library, name: str) -> Model:
    """A model by its id, or by a therapy it is for.

    Raises: UsageError with the nearest names.
    """
    found: dict[str, object] = {}
    for key, data in library.pk_models.items():
        found[key] = data
        if isinstance(data, Mapping):
            therapies = data.get("therapies", ())
            for therapy in therapies if isinstance(therapies, Sequence) else ():
                found.setdefault(str(therapy), data)
    found |= {t.id: library.pk_models[t.pk_model] for t in library.therapies.values() if t.pk_model}
    if name not in found:
        raise UsageError(f"`{name}` has no model; {nearest(name, found)}".rstrip("; "))
    data = found[name]
    if not isinstance(data, Mapping):
        raise UsageError(f"`{name}` has no model")
    return load(data)


def question(library: Library, name: str | None, asked: Mapping[str, Any], today: date) -> Question:
    """What is asked of which model.

    Raises: UsageError or ValueError, naming the option or the dose.
    """
    if name is None and asked["patient"] is None:
        raise UsageError("pk: a MODEL or --patient FILE is needed")
    therapy = name or _DEFAULT_THERAPY
    model = find_model(library, therapy)
    if model.incomplete:
        raise UsageError(f"{model.id} cannot be simulated: {model.incomplete}")
    notes: list[str] = []
    weight, height = asked["weight"], None
    if asked["patient"] is not None:
        own_weight, height = _from_patient(library, asked["patient"], today)
        weight = own_weight if weight is None else weight
    if weight is not None and not (isfinite(weight) and weight > 0.0):
        raise UsageError(f"--weight {weight:g}: a weight is a number above 0")
    covariates = _covariates(model, asked["covariates"], weight, height, notes)
    written, samples = _given(library, therapy, model, asked, notes)
    bsa = covariates.pop("_bsa", None)
    given = routed(flat(written, weight, bsa), model, asked["route"])
    count, seed = model.virtual[1:]
    persons = asked["population"]
    if persons is None:
        # Nonlinear persons take a fifth of a second each: they are drawn only where asked for.
        persons = count if model.is_linear else 0
    at = _days(asked["at"]) if asked["at"] else samples
    return Question(
        model=model,
        covariates=covariates,
        given=given,
        threshold=_threshold(model, asked["threshold"]),
        at=at,
        falling=not asked["constant"],
        persons=persons,
        seed=seed if asked["seed"] is None else asked["seed"],
        draws=asked["uncertainty"],
        workers=asked["workers"],
        notes=tuple(notes),
    )


def _given(
    library: Library, therapy: str, model: Model, asked: Mapping[str, Any], notes: list[str]
) -> tuple[tuple[Given, ...], tuple[float, ...]]:
    if asked["doses"] and asked["events"]:
        raise UsageError("pk: --dose and --events exclude each other")
    if asked["doses"]:
        return read_entries(asked["doses"]), ()
    if asked["events"]:
        try:
            text = Path(asked["events"]).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"--events {asked['events']}: cannot be read as text ({error})") from None
        return read_events(text, model)
    known = library.therapies.get(therapy)
    regimens = known.regimens if known else ()
    if not regimens:
        raise UsageError('pk: no regimen is known here; give doses, as in --dose "0.06 mg/kg @0"')
    first = regimens[0]
    notes.append(f"The regimen is `{first.id}`: {first.title}. {first.note}")
    return tuple(
        Given(float(s.day), float(s.mg_per_kg), "kg", first.route, 0.0, s.name) for s in first.steps
    ), ()


def _covariates(
    model: Model, texts: Sequence[str], weight: float | None, height: float | None, notes: list[str]
) -> dict[str, float]:
    """Covariates by the data's names; `stage=2` sets the indicator `stage_2`, `sex=female` sets `female`."""
    indicators = {c.name for c in model.covariates if c.is_indicator}
    known = {c.name for c in model.covariates} | set(model.ranges)
    out: dict[str, float] = {}
    bsa: float | None = None
    for text in texts:
        name, _, value = (part.strip() for part in text.partition("="))
        if name in indicators and value.lower() in ("yes", "no"):
            out[name] = float(value.lower() == "yes")
        elif name in known:
            out[name] = _number(value, text)
        elif name == "height_cm":
            height = _number(value, text)
        elif name == "bsa_m2":
            bsa = _number(value, text)
        elif f"{name}_{value}" in indicators:
            out[f"{name}_{value}"] = 1.0
        elif name == "sex" and value in ("female", "male"):
            out |= {sex: float(sex == value) for sex in ("female", "male") if sex in indicators}
        elif not any(i.startswith(f"{name}_") for i in indicators):
            names = ", ".join(sorted(known)) or "none"
            raise UsageError(f"--covariate {text}: {model.id} has no `{name}`; it has {names}")
        elif value != "1":
            raise UsageError(f"--covariate {text}: `{value}` is no level of `{name}`")
    if weight is not None and "weight_kg" in known:
        out["weight_kg"] = weight
    bsa = out.get("bsa_m2", bsa)
    if bsa is None and height is not None and weight is not None:
        bsa = sqrt(height * weight / 3600.0)
        notes.append(f"Body surface {bsa:.2f} m2 from height and weight (Mosteller).")
    if bsa is not None:
        out["_bsa"] = bsa
        if "bsa_m2" in known:
            out["bsa_m2"] = bsa
    return out


def _threshold(model: Model, level: float | None) -> tuple[str, float] | None:
    if level is not None:
        if not (isfinite(level) and level > 0.0):
            raise UsageError(f"--threshold {level:g}: a concentration above 0 is needed")
        return "threshold", level
    return next(iter(model.thresholds.items()), None)


def _days(text: str) -> tuple[float, ...]:
    days = tuple(_number(part, f"--at {text}") for part in text.split(","))
    for a, b in pairwise(days):
        if b <= a:
            raise UsageError(f"--at {text}: day {b:g} does not come after day {a:g}")
    if days[0] < 0.0:
        raise UsageError(f"--at {text}: day {days[0]:g} lies before the first dose")
    return days


def _number(text: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise UsageError(f"{where}: `{text.strip()}` is no number") from None
    if not isfinite(value):
        raise UsageError(f"{where}: `{text.strip()}` is no number")
    return value


def _from_patient(library: Library, path: str, today: date) -> tuple[float, float | None]:
    from escalate.files.patient_file import load_patient

    patient = load_patient(path, library, as_of=None, today=today)
    size = {}
    for name in ("demographics.weight_kg", "demographics.height_cm"):
        found = patient.values.get(name)
        size[name] = float(found.value) if found and isinstance(found.value, Decimal | int) else None
    weight = size["demographics.weight_kg"]
    if weight is None:
        raise UsageError(f"{path}: no weight (`demographics.weight_kg`); no dose is computed without one")
    return weight, size["demographics.height_cm"]


def igg_answer(library: Library, asked: Mapping[str, Any]) -> dict[str, object]:
    """Weeks until the own IgG falls below the model's threshold; null is never."""
    from escalate.pk.igg import Infusion, load_igg
    from escalate.pk.names import rounded, rounded_all

    model = find_model(library, "igg_turnover_after_bcma")
    data = library.pk_models[model.id]
    if asked["baseline"] is None:
        raise UsageError("pk igg: --baseline is needed, the IgG in g/L before the drug")
    assert isinstance(data, Mapping)
    igg = load_igg(data, asked["baseline"])
    written = flat(read_entries(asked["doses"]), asked["weight"], None) if asked["doses"] else ()
    infusions = tuple(Infusion(g.day, g.amount_mg / 1e3) for g in written)
    weeks = igg.weeks_below()
    low, high = (float(x) for x in data["spread"]["phi_res"])
    spread = [igg._replace(phi_res=x).weeks_below() for x in (low, high)]
    import numpy as np

    level = f"{igg.threshold:g}"
    at = np.array(_days(asked["at"])) if asked["at"] else np.arange(0.0, 365.0, 7.0)
    out: dict[str, object] = {
        "model": model.id,
        f"weeks_to_igg_below_{level}": _or_never(weeks),
        "baseline_g_per_l": asked["baseline"],
        "lowest_without_replacement_g_per_l": rounded(igg.lowest),
        "interval_by_assumption": {
            f"weeks_to_igg_below_{level}": [_or_never(x) for x in spread],
            "means": f"residual production from {low:g} to {high:g} of what it was; no interval of patients",
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
    spread = " to ".join(_weeks(x) for x in found["interval_by_assumption"][key])
    lines = [
        f"Own IgG below {level} g/L: {_weeks(found[key])} (from the first dose)",
        f"  {spread} ({found['interval_by_assumption']['means']})",
        f"  tends to {found['lowest_without_replacement_g_per_l']:.3g} g/L without replacement",
    ]
    if "with_replacement" in found:
        lines.append(f"  with the replacement given: {_weeks(found['with_replacement'][key])}")
    lines.append("")
    for note in found["assumptions"]:
        lines += textwrap.wrap(note, width, initial_indent="- ", subsequent_indent="  ")
    return "\n".join(lines) + "\n"


def _weeks(x: float | None) -> str:
    return "never" if x is None else f"after {x:.1f} weeks"
