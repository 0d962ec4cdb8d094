"""The numbers of knowledge/parameters/*.yaml in the shapes that derived facts use, once per library."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from escalate.library.model import Library
from escalate.library.once import Once
from escalate.patient.doses import Dose, parse_dose
from escalate.problems import InternalFault
from escalate.texts import N_, _, figure


@dataclass(frozen=True, slots=True)
class AdequateTrial:
    """The least dose and duration of one drug; see knowledge/parameters/adequate_trials.yaml."""

    dose: tuple[Dose, ...]
    dose_text: str
    unclear_from: Dose | None
    trough_ng_per_ml: Decimal | None
    courses: int | None
    weeks_per_course: Decimal | None
    given_at_once: bool
    dose_not_judged: bool
    weeks: Decimal
    weeks_ild: Decimal


@dataclass(frozen=True, slots=True)
class Washout:
    """Days without a drug; None where no days settle it, only an elimination procedure.

    `laid_down` is False where the drug has no row of its own and takes the longest washout.
    """

    days: int | None
    laid_down: bool = True


@dataclass(frozen=True, slots=True)
class Parameters:
    """Every number a derived fact uses, and what of the library it looks up often."""

    trials: Mapping[str, AdequateTrial]
    washouts: Mapping[str, Washout]
    washout_exempt: frozenset[str]  # drugs that may continue
    fcrn_blockers: tuple[str, ...]
    fcrn_washout: Washout
    glucocorticoids: frozenset[str]
    not_counted: frozenset[str]
    key_agents: frozenset[str]
    further_agents: frozenset[str]
    step_1: frozenset[str]
    prednisolone_mg_per_mg: Mapping[str, Decimal]
    glucocorticoid_spellings: Mapping[str, frozenset[str]]  # case-folded
    ivig_high_dose: Dose
    msa: tuple[str, ...]
    antisynthetase: tuple[str, ...]
    common_msa: tuple[str, ...]
    strengths_that_select: frozenset[str]
    confirmations: frozenset[str]
    antibody_of_slug: Mapping[str, str]


@Once
def parameters_of(library: Library) -> Parameters:
    """The parameters of a library; kept, for reading them costs more than a patient.

    Raises: InternalFault where a parameter that the code names is not in the knowledge base.
    """
    return _read(library)


def slug(name: str) -> str:
    """An antibody's name as it stands inside a fact's name.

    >>> slug("RuvBL1/2"), slug("TIF1-gamma")
    ('ruvbl1_2', 'tif1_gamma')
    """
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def _read(library: Library) -> Parameters:
    p = library.parameters
    agents = _mapping(p, "counted_agents")
    groups = _mapping(p, "antibody_groups")
    washouts = _mapping(p, "washouts")
    fcrn = _mapping(p, "fcrn_washout")
    exempt_classes = _words(washouts, "exempt_classes")
    exempt = [drug for name in exempt_classes for drug in library.classes.get(name, ())]
    immunosuppressants = library.classes.get("immunosuppressant", ())
    days = {
        drug: Washout(None if "by_procedure" in row else int(_number(row, "days")))
        for drug, row in washouts.items()
        if isinstance(row, Mapping)
    }
    other = Washout(days.pop("other_immunosuppressant").days, laid_down=False)
    return Parameters(
        trials={drug: _trial(row) for drug, row in _mapping(p, "adequate_trials").items()},
        washouts={drug: other for drug in immunosuppressants if drug not in exempt} | days,
        washout_exempt=frozenset(exempt),
        fcrn_blockers=library.classes.get(str(fcrn["class"]), ()),
        fcrn_washout=Washout(int(_number(fcrn, "days"))),
        glucocorticoids=frozenset(_words(agents, "glucocorticoid")),
        not_counted=frozenset(_words(agents, "not_counted")),
        key_agents=frozenset(_words(agents, "key_agents")),
        further_agents=frozenset(_words(agents, "further_agents")),
        step_1=frozenset(_words(agents, "step_1")),
        prednisolone_mg_per_mg={
            drug: _number(row, "prednisolone_mg") / _number(row, "mg")
            for drug, row in _mapping(p, "glucocorticoid_equivalents").items()
        },
        glucocorticoid_spellings={
            drug: frozenset(word.casefold() for word in (drug, *_words(row, "spellings")))
            for drug, row in _mapping(p, "glucocorticoid_equivalents").items()
        },
        ivig_high_dose=_dose(f"{_mapping(p, 'ivig_high_dose')['g_per_kg']} g/kg"),
        msa=_words(groups, "msa"),
        antisynthetase=_words(groups, "antisynthetase"),
        common_msa=_words(groups, "common_msa"),
        strengths_that_select=frozenset(_words(groups, "strengths_that_select")),
        confirmations=frozenset(_words(groups, "confirmations")),
        antibody_of_slug={slug(name): name for name in library.antibodies.labels},
    )


def _trial(row: object) -> AdequateTrial:
    if not isinstance(row, Mapping):
        raise InternalFault(_("a trial in knowledge/parameters/adequate_trials.yaml is no mapping"))
    least = row.get("least_dose")
    texts = _words(row, "least_dose") if isinstance(least, list | tuple) else _text(row, "least_dose")
    weeks = _number(row, "weeks")
    return AdequateTrial(
        dose=tuple(_dose(text) for text in texts),
        dose_text=_(" or ").join(map(_said, texts)),
        unclear_from=_dose(str(row["unclear_from"])) if "unclear_from" in row else None,
        trough_ng_per_ml=_number(row, "trough_ng_per_ml") if "trough_ng_per_ml" in row else None,
        courses=int(_number(row, "courses")) if "courses" in row else None,
        weeks_per_course=_number(row, "weeks_per_course") if "weeks_per_course" in row else None,
        given_at_once="given_at_once" in row,
        dose_not_judged="dose_not_judged" in row,
        weeks=weeks,
        weeks_ild=max(weeks, _number(row, "weeks_ild")) if "weeks_ild" in row else weeks,
    )


def _said(dose: str) -> str:
    """A laid-down dose for a reader: `20 mg/week`."""
    for interval in (N_("/day"), N_("/week"), N_("/month"), N_(" weeks")):
        dose = dose.replace(interval, _(interval))
    return figure(dose)


def _text(row: Mapping[str, object], key: str) -> tuple[str, ...]:
    return (str(row[key]),) if key in row else ()


def _dose(text: str) -> Dose:
    dose = parse_dose(text)
    if dose is None:
        raise InternalFault(_("the dose `{text}` of knowledge/parameters cannot be read").format(text=text))
    return dose


def _mapping(parent: Mapping[str, object], key: str) -> Mapping[str, Mapping[str, object]]:
    found = parent.get(key)
    if not isinstance(found, Mapping):
        raise InternalFault(_("knowledge/parameters has no `{key}`").format(key=key))
    return found


def _number(row: object, key: str) -> Decimal:
    if not isinstance(row, Mapping) or key not in row:
        raise InternalFault(_("an entry of knowledge/parameters has no `{key}`").format(key=key))
    return Decimal(str(row[key]))


def _words(row: Mapping[str, object], key: str) -> tuple[str, ...]:
    found = row.get(key, ())
    if not isinstance(found, Iterable):
        raise InternalFault(_("`{key}` of knowledge/parameters is no list").format(key=key))
    return tuple(str(word) for word in found)
