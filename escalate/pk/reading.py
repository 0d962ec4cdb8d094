"""The model from its plain mapping, whose shape stands at the top of knowledge/pk/teclistamab.yaml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import log1p
from typing import cast

from escalate.pk.definition import (
    DAYS_PER,
    LINEAR,
    MG_PER,
    NONLINEAR,
    PER_MG_PER_L,
    Covariate,
    Model,
    Parameter,
    Range,
    Residual,
    Units,
)
from escalate.texts import _

_FORMS = ("power", "log_power", "factor", "additive_fraction", "exp_shift")
_CARD = ("title", "population", "provenance", "source")
_ROUTES = ("sc", "iv", "oral")


def load(data: Mapping[str, object]) -> Model:
    """The model from its plain mapping (texts, decimals, dicts and lists).

    Raises: ValueError, naming model and entry, when a key is missing, a number is none, or the
    structure or a covariate's form is not one this room computes.
    """
    try:
        return _load(data)
    except (KeyError, TypeError, AttributeError) as error:
        name = data.get("id", "?")
        raise ValueError(
            _("model `{name}`: entry missing or of the wrong kind: {error}").format(name=name, error=error)
        ) from error
    except ValueError as error:
        raise ValueError(
            _("model `{name}`: {error}").format(name=data.get("id", "?"), error=error)
        ) from error


def _load(data: Mapping[str, object]) -> Model:
    structure = str(data["structure"])
    incomplete = str(data.get("incomplete", ""))
    entries = _mapping(data.get("parameters", {}))
    parameters = {name: _parameter(name, _mapping(entry)) for name, entry in entries.items()}
    clearance = tuple(str(name) for name in _list(data.get("clearance", ("CL",))))
    routes = tuple(_one_of(str(r), _ROUTES, "route") for r in _list(data["routes"]))
    if not incomplete:
        _check(structure, parameters, clearance, routes)
    virtual = {k: int(_number(v)) for k, v in _mapping(data.get("virtual_patients", {})).items()}
    published = _mapping(_mapping(data.get("published_ranges", {})).get("values", {}))
    return Model(
        id=str(data["id"]),
        drug=str(data["drug"]),
        structure=structure,
        units=_units(_mapping(data["units"])),
        routes=routes,
        clearance=clearance,
        parameters=parameters,
        covariates=tuple(_covariate(_mapping(c), parameters) for c in _list(data.get("covariates", ()))),
        ranges={k: _range(_mapping(v)) for k, v in _mapping(data.get("covariate_ranges", {})).items()},
        defaults={k: _number(v) for k, v in _mapping(data.get("covariate_defaults", {})).items()},
        correlations=_correlations(_list(data.get("correlations", ())), parameters),
        residual=_residual(_mapping(data.get("residual", {}))),
        thresholds={
            k: _number(_mapping(v)["value"]) for k, v in _mapping(data.get("thresholds", {})).items()
        },
        published={k: _pair(v) for k, v in published.items()},
        virtual=(virtual.get("percent", 90), virtual.get("count", 500), virtual.get("seed", 2023)),
        caveats=tuple(str(text) for text in _list(data["caveats"])),
        assumptions=tuple(str(text) for text in _list(data["assumptions"])),
        incomplete=incomplete,
        card={name: _card(data, name) for name in _CARD},
    )


def _check(
    structure: str, parameters: Mapping[str, Parameter], clearance: Sequence[str], routes: Sequence[str]
) -> None:
    needed = LINEAR.get(structure) or NONLINEAR.get(structure)
    if needed is None:
        raise ValueError(_("structure `{structure}` cannot be computed").format(structure=structure))
    if "tlag" in parameters and "iv" in routes:
        raise ValueError(_("a lag beside an intravenous route cannot be computed"))
    if "sc" in routes or "oral" in routes:
        needed = (*needed, "D1" if "D1" in parameters else "ka")
    for name in needed:
        for part in clearance if name == "CL" else (name,):
            if part not in parameters:
                raise KeyError(part)


def _units(entry: Mapping[str, object]) -> Units:
    return Units(
        _one_of(str(entry["time"]), DAYS_PER, _("unit of time")),
        _one_of(str(entry["amount"]), MG_PER, _("unit of amount")),
        _one_of(str(entry["concentration"]), PER_MG_PER_L, _("unit of concentration")),
    )


def _parameter(name: str, entry: Mapping[str, object]) -> Parameter:
    cv = _number(entry.get("iiv_cv_percent", Decimal(0))) / 100.0
    between = _number(entry.get("iov_cv_percent", Decimal(0))) / 100.0
    omega2 = _number(entry["iiv_omega2"]) if "iiv_omega2" in entry else log1p(cv * cv)
    shared = _mapping(entry["iiv_shared"]) if "iiv_shared" in entry else None
    return Parameter(
        name,
        str(entry["unit"]),
        _number(entry["typical"]),
        _number(entry.get("rse_percent", Decimal(0))),
        omega2,
        _number(entry.get("boxcox", Decimal(0))),
        (str(shared["with"]), _number(shared["times"])) if shared else None,
        _number(entry["iov_omega2"]) if "iov_omega2" in entry else log1p(between * between),
    )


def _covariate(entry: Mapping[str, object], parameters: Mapping[str, Parameter]) -> Covariate:
    form, parameter = str(entry["form"]), str(entry["parameter"])
    if form not in _FORMS or parameter not in parameters:
        raise ValueError(
            _("covariate `{covariate}`: {form} on {parameter} cannot be computed").format(
                covariate=entry["covariate"], form=form, parameter=parameter
            )
        )
    reference = _number(entry["reference"]) if form in ("power", "log_power") else 1.0
    return Covariate(parameter, str(entry["covariate"]), form, reference, _number(entry["value"]))


def _correlations(
    entries: Sequence[object], parameters: Mapping[str, Parameter]
) -> dict[tuple[str, str], float]:
    """Correlations of random effects, from `value` or from a `covariance`."""
    out = {}
    for entry in (_mapping(e) for e in entries):
        a, b = (str(name) for name in _list(entry["between"]))
        if "covariance" in entry:
            scale = (parameters[a].omega2 * parameters[b].omega2) ** 0.5
            out[a, b] = _number(entry["covariance"]) / scale
        else:
            out[a, b] = _number(entry["value"])
    return out


def _residual(entry: Mapping[str, object]) -> Residual | None:
    if not entry:
        return None
    names = ("log_sd", "proportional", "additive")
    parts = [_number(entry.get(name, Decimal(0))) for name in names]
    return Residual(*parts) if any(parts) else None


def _range(entry: Mapping[str, object]) -> Range:
    studied = _pair(entry["studied"]) if "studied" in entry else None
    return Range(str(entry["unit"]), studied, _pair(entry["accepted"]))


def _card(data: Mapping[str, object], name: str) -> str:
    entry = data.get(name, "")
    if not isinstance(entry, Mapping):
        return str(entry)
    keys = ("level", "note") if name == "provenance" else ("citation", "doi", "at")
    return ", ".join(str(entry[key]) for key in keys if key in entry)


def _one_of(value: str, known: object, kind: str) -> str:
    if isinstance(known, Mapping | tuple) and value not in known:
        raise ValueError(
            _("`{value}` is not a {kind} ({known})").format(value=value, kind=kind, known=", ".join(known))
        )
    return value


def _number(value: object) -> float:
    if not isinstance(value, Decimal):
        raise TypeError(_("`{value}` is not a number").format(value=value))
    return float(value)


def _pair(value: object) -> tuple[float, float]:
    low, high = (_number(x) for x in _list(value))
    return low, high


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise TypeError(_("`{value}` is not a mapping").format(value=value))
    return cast("Mapping[str, object]", value)


def _list(value: object) -> Sequence[object]:
    if not isinstance(value, list | tuple):
        raise TypeError(_("`{value}` is not a list").format(value=value))
    return value
