"""Regimens: doses and days ascend, no dose is above the drug's maximum, every vial is one that exists.

The largest single dose and the vials of a drug stand with their source in the `limits` of its file in
knowledge/regimens.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from escalate.audit.checks.places import place_of
from escalate.language.names import plain
from escalate.library.model import Library, Regimen
from escalate.library.reading import Reader
from escalate.library.therapies import DoseLimits, read_limits
from escalate.nodes import Document, Scalar, Sequence
from escalate.nodes import Mapping as MappingNode
from escalate.problems import Problem
from escalate.texts import _

_STEP_UP = "step-up"


def doses(library: Library, documents: Mapping[str, Document]) -> Iterator[Problem]:
    """Every dose of a schedule that nobody can mean."""
    for path, document in documents.items():
        root = document.root
        if not path.startswith("knowledge/regimens/") or not isinstance(root, MappingNode):
            continue
        name = root.get("therapy")
        therapy = library.therapies.get(name.text) if isinstance(name, Scalar) else None
        listed = root.get("regimens")
        if therapy is None or not isinstance(listed, Sequence):
            continue
        limits = read_limits(Reader(document, lambda _: None), root.get("limits"), library.evidence)
        if limits is None:
            message = _("the schedules of `{therapy}` have no largest dose and no vials").format(
                therapy=therapy.id
            )
            help_ = _("write `{text}`").format(
                text="limits: {max_mg_per_kg: ..., vials: [...], source: [...]}"
            )
            yield Problem(root.at, "dose-without-maximum", message, help_)
        for regimen, body in zip(therapy.regimens, listed.items, strict=False):
            steps = body.get("steps") if isinstance(body, MappingNode) else None
            nodes = (
                [one for one in steps.items if isinstance(one, MappingNode)]
                if isinstance(steps, Sequence)
                else []
            )
            yield from _ascending(regimen, nodes)
            if limits is not None:
                yield from _within(regimen, nodes, limits)


def _ascending(regimen: Regimen, nodes: list[MappingNode]) -> Iterator[Problem]:
    for place, (step, node) in enumerate(zip(regimen.steps, nodes, strict=False)):
        before = regimen.steps[place - 1] if place else None
        if before is None:
            if step.day != 0:
                message = _("`{regimen}` begins on day {day}").format(regimen=regimen.id, day=plain(step.day))
                yield Problem(
                    place_of(node, "day"), "days-not-ascending", message, _("the first injection is day 0")
                )
            continue
        if step.day <= before.day:
            message = _("`{step}` is on day {day}, `{before}` on day {day_before}").format(
                step=step.name, day=plain(step.day), before=before.name, day_before=plain(before.day)
            )
            yield Problem(
                place_of(node, "day"), "days-not-ascending", message, _("every injection has a later day")
            )
        low = step.mg_per_kg < before.mg_per_kg
        same = step.mg_per_kg == before.mg_per_kg and before.name.startswith(_STEP_UP)
        if low or same:
            message = _("`{step}` has {mg_per_kg} mg/kg after {mg_before} mg/kg of `{before}`").format(
                step=step.name,
                mg_per_kg=plain(step.mg_per_kg),
                mg_before=plain(before.mg_per_kg),
                before=before.name,
            )
            help_ = _("step-up doses ascend to the target dose")
            yield Problem(place_of(node, "mg_per_kg"), "step-up-not-ascending", message, help_)


def _within(regimen: Regimen, nodes: list[MappingNode], limits: DoseLimits) -> Iterator[Problem]:
    known = ", ".join(
        _("{mg} mg at {strength} mg/mL").format(mg=plain(mg), strength=plain(strength))
        for mg, strength in limits.vials
    )
    for step, node in zip(regimen.steps, nodes, strict=False):
        if not 0 < step.mg_per_kg <= limits.max_mg_per_kg:
            message = _("`{step}` has {mg_per_kg} mg/kg").format(
                step=step.name, mg_per_kg=plain(step.mg_per_kg)
            )
            help_ = _("a dose is above 0 and at most {max_mg_per_kg} mg/kg").format(
                max_mg_per_kg=plain(limits.max_mg_per_kg)
            )
            yield Problem(place_of(node, "mg_per_kg"), "dose-above-maximum", message, help_)
        if (step.vial_mg, step.mg_per_ml) not in limits.vials:
            message = _("there is no vial of {vial_mg} mg at {mg_per_ml} mg/mL").format(
                vial_mg=plain(step.vial_mg), mg_per_ml=plain(step.mg_per_ml)
            )
            yield Problem(
                place_of(node, "vial_mg"), "unknown-vial", message, _("vials are {known}").format(known=known)
            )
