"""The mapping report: what became of every entry, and which entry each value comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from escalate.fhir.choose import Chosen
from escalate.fhir.model import Drug, Entry, Fact, Found, Item, Told, Use
from escalate.fhir.own import WHOLE_HISTORY
from escalate.fhir.shapes import short
from escalate.problems import printable
from escalate.texts import _


def entries_of(
    items: Sequence[Item],
    found: Sequence[Found],
    said: Mapping[int, Sequence[str]],
    chosen: Chosen,
    drugs: Sequence[Drug],
    whole: bool,
) -> list[Entry]:
    """One line for each resource. `said`: reasons by its position; `whole`: the history is read."""
    used: dict[int, list[str]] = {}
    reasons: dict[int, list[str]] = {}
    for one in chosen.winners:
        used.setdefault(id(one.item), []).extend([one.field, *(field for field, _told in one.beside)])
        if one.note:
            reasons.setdefault(id(one.item), []).append(one.note)
    for one, why in (*chosen.passed_over, *chosen.conflicting, *chosen.unread):
        reasons.setdefault(id(one.item), []).append(why)
    wrong = {id(one.item) for one, _why in chosen.conflicting}
    for drug in drugs:
        field = "comorbidities.co_medication" if drug.co_medication else "therapies"
        if whole and field in chosen.unsettled:
            why = _("understood as {drug}; {field} stays unknown for what else is said of it")
            reasons.setdefault(id(drug.item), []).append(why.format(drug=drug.name, field=field))
        elif whole:
            used.setdefault(id(drug.item), []).append(field)
        else:
            why = _("understood as {drug}; the record does not say that its medication is the whole history")
            reasons.setdefault(id(drug.item), []).append(why.format(drug=drug.name))
    entries: list[Entry] = []
    for number, (item, read) in enumerate(zip(items, found, strict=True)):
        late = len(said[number]) > len(read.rejected) + len(read.ignored)
        facts, told = used.get(id(item), []), [*said[number], *reasons.get(id(item), [])]
        if not late and any(one.field == WHOLE_HISTORY and not one.unread for one in read.candidates):
            facts = facts or ["therapies"]
        use = Use.REJECTED if read.rejected or late or id(item) in wrong else Use.IGNORED
        otherwise = _("read") if facts else _("it states nothing that is read")
        reason = printable("; ".join(dict.fromkeys(told)) or otherwise)
        kept = tuple(dict.fromkeys(facts))
        entries.append(
            Entry(item.path, kind_of(item), item.at, Use.USED if kept else use, reason, kept, read.shown)
        )
    return entries


def kind_of(item: Item) -> str:
    """`Observation/lvef`, as far as it says so."""
    kind = short(item.resource.get("resourceType"), 40) or "?"
    name = short(item.resource.get("id"), 80)
    return f"{kind}/{name}" if name else kind


def facts_of(chosen: Chosen) -> tuple[Fact, ...]:
    """The winners and what stands beside them; of two days for one field the earlier one."""
    facts: dict[str, Fact] = {}
    for one in chosen.winners:
        day = one.when.given if one.when else ""
        facts[one.field] = Fact(one.field, one.told, one.item, day, one.note)
    for one in chosen.winners:
        day = one.when.given if one.when else ""
        for field, told in one.beside:
            known = facts.get(field)
            if known is None or (known.told.text > told.text and field not in _stated(chosen)):
                facts[field] = Fact(field, told, one.item, day)
    return tuple(facts.values())


def _stated(chosen: Chosen) -> set[str]:
    return {one.field for one in chosen.winners}


_LATEST = ("last_dose_on", "stopped_on")


def line_facts(line: tuple[Drug, ...]) -> tuple[Fact, ...]:
    """One line of therapy: the parts of the resource that says most, filled by the others; its last end."""
    head = line[0]
    facts = {"drug": Fact("drug", Told(head.name), head.item)}
    runs = head.parts.get("status") == Told("ongoing")
    for drug in line:
        for name, told in drug.parts.items():
            if name == "stopped_on" and runs and drug is not head:
                continue  # the end of one order is not that of the line
            known = facts.get(name)
            later = name in _LATEST and known is not None and told.text > known.told.text
            if known is None or later:
                facts[name] = Fact(name, told, drug.item)
    return tuple(facts.values())
