"""The parts of the form, in the order in which a case is told; each field stands in one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from escalate.patient.fields import LISTS
from escalate.texts import N_

_OTHER = ("other", N_("Further fields"))
# Id, title, and the fields or groups of fields that stand in it.
_SECTIONS = (
    ("file", N_("Patient and day"), ("id", "assessed_on", "note")),
    ("person", N_("Person"), ("demographics",)),
    ("diagnosis", N_("Diagnosis"), ("diagnosis",)),
    ("antibodies", N_("Antibodies"), ("antibodies", "antibody_panel")),
    ("therapies", N_("Lines of therapy"), ("therapies",)),
    ("activity", N_("Activity and damage"), ("activity",)),
    ("muscle", N_("Muscle and swallowing"), ("muscle", "swallowing")),
    ("lung", N_("Lung"), ("lung",)),
    ("heart", N_("Heart"), ("heart",)),
    ("organs", N_("Skin, joints, gut, kidney"), ("skin", "joints", "gut", "kidney")),
    ("labs", N_("Laboratory"), ("labs",)),
    ("infection", N_("Infection and vaccination"), ("infection", "vaccination")),
    ("comorbidities", N_("Other diseases and medication"), ("comorbidities",)),
    ("centre", N_("Centre and consent"), ("region", "centre", "consent")),
    ("course", N_("Present course of a T-cell engager or CAR-T product"), ("course",)),
    ("overrides", N_("Decisions of earlier conferences"), ("overrides",)),
)


def sections(names: Iterable[str]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Id, English title and fields of every section that has any; a list stands in it as one field.

    Args: names, of the fields as `Fields.names` has them.
    """
    known = [name for name in dict.fromkeys(_owner(name) for name in names) if name != "schema"]
    placed: dict[str, list[str]] = {id: [] for id, _title, _groups in _SECTIONS}
    home = {group: id for id, _title, groups in _SECTIONS for group in groups}
    rest: list[str] = []
    for name in known:
        section = home.get(name.partition(".")[0])
        (placed[section] if section else rest).append(name)
    for id, title, _groups in _SECTIONS:
        if placed[id]:
            yield id, title, tuple(placed[id])
    if rest:  # a field of another knowledge base
        yield *_OTHER, tuple(rest)


def _owner(name: str) -> str:
    """`therapies` for `therapies[].drug`."""
    owner = name.partition("[].")[0]
    return owner if owner in LISTS else name
