"""From the words of `escalate pk`, or of the service, to one question about one model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from math import isfinite, sqrt
from pathlib import Path
from typing import Any

from escalate.files.pk_patient import doses_of_patient, drug_of, open_patient, size_of
from escalate.library.model import Library
from escalate.patient.model import Patient
from escalate.pk.cohort import read_distribution
from escalate.pk.definition import Model
from escalate.pk.document import Question
from escalate.pk.entries import Given, read_entries
from escalate.pk.events import read_events
from escalate.pk.reading import load
from escalate.pk.schedule import flat, routed
from escalate.problems import UsageError, nearest
from escalate.texts import _, figure

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
        raise UsageError(
            _("`{name}` has no model; {nearest}").format(name=name, nearest=nearest(name, found)).rstrip("; ")
        )
    data = found[name]
    if not isinstance(data, Mapping):
        raise UsageError(_("`{name}` has no model").format(name=name))
    return load(data)


def question(library: Library, name: str | None, asked: Mapping[str, Any], today: date) -> Question:
    """What is asked of which model.

    Raises: UsageError or ValueError, naming the option or the dose.
    """
    if name is None and asked["patient"] is None:
        raise UsageError(_("pk: a MODEL or --patient FILE is needed"))
    patient = open_patient(library, asked["patient"], today) if asked["patient"] is not None else None
    therapy = name or (drug_of(library, patient) if patient else None) or _DEFAULT_THERAPY
    model = find_model(library, therapy)
    if model.incomplete:
        raise UsageError(
            _("{id} cannot be simulated: {incomplete}").format(id=model.id, incomplete=model.incomplete)
        )
    notes: list[str] = []
    weight, height = asked["weight"], None
    if patient is not None:
        own_weight, height = size_of(patient, asked["patient"])
        weight = own_weight if weight is None else weight
    if weight is not None and not (isfinite(weight) and weight > 0.0):
        raise UsageError(_("--weight {weight}: a weight is a number above 0").format(weight=f"{weight:g}"))
    said: list[str] = []
    covariates = _covariates(model, asked["covariates"], weight, height, said)
    written, samples = _given(library, therapy, model, asked, notes, patient)
    bsa = covariates.pop("_bsa", None)
    if "bsa_m2" in covariates or any(g.per == "m2" for g in written):
        notes[:0] = said
    given = routed(flat(written, weight, bsa), model, asked["route"])
    count, seed = model.virtual[1:]
    persons = asked["population"]
    if persons is None:
        # Nonlinear persons take a fifth of a second each: they are drawn only where asked for.
        persons = count if model.is_linear else 0
    at = days(asked["at"]) if asked["at"] else samples
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
        weight_kg=weight,
        distributions=tuple(read_distribution(text, model) for text in asked["varied"]),
    )


def _given(
    library: Library, therapy: str, model: Model, asked: Mapping[str, Any], notes: list[str],
    patient: Patient | None,
) -> tuple[tuple[Given, ...], tuple[float, ...]]:  # fmt: skip
    if asked["doses"] and asked["events"]:
        raise UsageError(_("pk: --dose and --events exclude each other"))
    if asked["doses"]:
        return read_entries(asked["doses"]), ()
    if asked["events"]:
        try:
            text = Path(asked["events"]).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(
                _("--events {events}: cannot be read as text ({error})").format(
                    events=asked["events"], error=error
                )
            ) from None
        return read_events(text, model)
    if patient is not None:
        new = bool(asked["new_course"])
        so_far = doses_of_patient(library, patient, therapy, new, model.falls, notes)
        if so_far is not None:
            return so_far, ()
    known = library.therapies.get(therapy)
    regimens = known.regimens if known else ()
    if not regimens:
        raise UsageError(_('pk: no regimen is known here; give doses, as in --dose "0.06 mg/kg @0"'))
    first = regimens[0]
    notes.append(
        _("The regimen is `{id}`: {title}. {note}").format(id=first.id, title=first.title, note=first.note)
    )
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
        name, _sign, value = (part.strip() for part in text.partition("="))
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
            raise UsageError(
                _("--covariate {text}: {id} has no `{name}`; it has {names}").format(
                    text=text, id=model.id, name=name, names=names
                )
            )
        elif value != "1":
            raise UsageError(
                _("--covariate {text}: `{value}` is no level of `{name}`").format(
                    text=text, value=value, name=name
                )
            )
    if weight is not None and "weight_kg" in known:
        out["weight_kg"] = weight
    bsa = out.get("bsa_m2", bsa)
    if bsa is None and height is not None and weight is not None:
        bsa = sqrt(height * weight / 3600.0)
        notes.append(
            _("Body surface {bsa} m2 from height and weight (Mosteller).").format(bsa=figure(bsa, ".2f"))
        )
    if bsa is not None:
        out["_bsa"] = bsa
        if "bsa_m2" in known:
            out["bsa_m2"] = bsa
    return out


def _threshold(model: Model, level: float | None) -> tuple[str, float] | None:
    if level is not None:
        if not (isfinite(level) and level > 0.0):
            raise UsageError(
                _("--threshold {level}: a concentration above 0 is needed").format(level=f"{level:g}")
            )
        return "threshold", level
    return next(iter(model.thresholds.items()), None)


def days(text: str) -> tuple[float, ...]:
    """The days of `--at`, rising, none before the first dose. Raises: UsageError."""
    listed = tuple(_number(part, f"--at {text}") for part in text.split(","))
    for a, b in pairwise(listed):
        if b <= a:
            raise UsageError(
                _("--at {text}: day {later} does not come after day {earlier}").format(
                    text=text, later=f"{b:g}", earlier=f"{a:g}"
                )
            )
    if listed[0] < 0.0:
        raise UsageError(
            _("--at {text}: day {day} lies before the first dose").format(text=text, day=f"{listed[0]:g}")
        )
    return listed


def _number(text: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise UsageError(_("{where}: `{text}` is no number").format(where=where, text=text.strip())) from None
    if not isfinite(value):
        raise UsageError(_("{where}: `{text}` is no number").format(where=where, text=text.strip()))
    return value
