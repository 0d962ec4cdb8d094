"""What differs between two assessments, in words: sections that text, Markdown and HTML lay out alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from escalate.findings.say import say, with_unit
from escalate.library.model import Library
from escalate.report.changed_facts import FactChange
from escalate.report.changes import NOT_LISTED, Changes, Earlier, Known, Named, VerdictChange
from escalate.report.days import with_long_days
from escalate.report.overrides import ends
from escalate.texts import N_, _, figure, speaking

_VERDICTS = {
    "propose": N_("open for discussion"),
    "caution": N_("open with caution"),
    "caution_high": N_("only with a recorded override"),
    "data_needed": N_("data needed"),
    "deferred": N_("deferred"),
    "excluded": N_("excluded"),
    "not_indicated": N_("not indicated"),
    NOT_LISTED: N_("not listed"),
}
_ENTRY = re.compile(r"\[[^\]]*\]")
_RULES_SHOWN = 4
_DIGITS = 12  # of a digest, enough to tell two knowledge bases apart


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its lines; `mark` is facts, verdicts, knowledge, ... for a page to set it apart."""

    mark: str
    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """The whole difference: a title, a sentence under it, and the sections that hold anything."""

    title: str
    lead: str
    sections: tuple[Section, ...]


def told(found: Changes, library: Library) -> Told:
    """The difference in the library's language; facts, verdicts and knowledge under headings of their own."""
    with speaking(library.language):
        every = (
            Section("facts", _("Facts"), tuple(_facts(found, library))),
            Section(
                "verdicts", _("Verdicts, with the rules that decide them"), tuple(_verdicts(found, library))
            ),
            Section("reasons", _("Same verdict, other rules"), tuple(_reasons(found, library))),
            Section("findings", _("Findings"), tuple(_findings(found, library))),
            Section("alerts", _("Alerts"), tuple(_came(found.alerts_new, found.alerts_gone))),
            Section("asked", _("Asked now"), tuple(_asked(found))),
            Section("overrides", _("Earlier conferences"), tuple(map(_earlier, found.overrides))),
            Section("knowledge", _("Knowledge"), tuple(_knowledge(found))),
        )
        return Told(_title(found), _lead(found), tuple(section for section in every if section.lines))


def with_days(said: Told) -> Told:
    """The same for a page, with its days written as the language writes them; speak the language first."""
    return Told(
        with_long_days(said.title), with_long_days(said.lead), tuple(map(_section_with_days, said.sections))
    )


def _section_with_days(section: Section) -> Section:
    """One section for a page, its days written out."""
    return replace(section, lines=tuple(map(with_long_days, section.lines)))


def beside_verdicts(found: Changes, library: Library) -> dict[str, str]:
    """By therapy: what stands beside its verdict, `was: open for discussion`."""
    with speaking(library.language):
        return {
            row.therapy: _("was: {verdict}").format(verdict=verdict_words(row.before))
            for row in found.verdicts
        }


def verdict_words(verdict: str) -> str:
    """A verdict of a document as people say it within a sentence."""
    return _(_VERDICTS[verdict]) if verdict in _VERDICTS else verdict


def _title(found: Changes) -> str:
    if found.what_if:
        return _("What if")
    return _("What is new since {day}").format(day=found.before)


def _lead(found: Changes) -> str:
    parts = []
    if found.what_if:
        parts.append(f"{', '.join(found.what_if)}.")
        parts.append(_("A question, not an assessment of this patient: the file is as it was."))
    if found.compared is not None:
        said = _("The earlier file holds {therapy} alone; only that is compared.")
        parts.append(said.format(therapy=found.compared))
    same_knowledge = found.knowledge_before is None
    if found.nothing:
        parts.append(_("No fact, verdict, question or rule differs."))
    elif found.verdicts and found.facts == () and same_knowledge:
        parts.append(_("No stated fact and no rule differs: the day of the assessment makes the difference."))
    elif found.verdicts and found.facts and not same_knowledge:
        parts.append(_("Facts and knowledge both differ: a verdict may follow from either."))
    return " ".join(parts)


def _facts(found: Changes, library: Library) -> Iterator[str]:
    if found.before != found.now:
        yield _("assessed on: {before} → {now}").format(before=found.before, now=found.now)
    if found.facts is None:
        yield _("the earlier file does not hold the facts; it was written by an older version")
    for row in found.facts or ():
        yield _fact(row, library)


def _fact(row: FactChange, library: Library) -> str:
    spec = library.facts.get(row.fact)
    name = f"{spec.label} ({row.fact})" if spec is not None and spec.label else row.fact
    # A field of an entry is described once for all entries: `therapies[].weeks`.
    described = spec or library.facts.get(_ENTRY.sub("[]", row.fact))
    unit = described.unit if described is not None else ""
    if row.before is None:
        return _("{fact}: new, {now}").format(fact=name, now=_measured(row.now, unit))
    if row.now is None:
        before = _measured(row.before, unit)
        return _("{fact}: {before} → not stated any more").format(fact=name, before=before)
    return f"{name}: {_measured(row.before, unit)} → {_measured(row.now, unit)}"


def _measured(value: object, unit: str) -> str:
    """A figure with the unit of its field; a word, a list and a day as they are."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    limit = isinstance(value, str) and value[:1] in ("<", ">")  # `< 20`, as a laboratory reports it
    return with_unit(_value(value), unit) if number or limit else _value(value)


def _value(value: object) -> str:
    """A value of a document for a reader."""
    if isinstance(value, Mapping):
        return ", ".join(f"{say(key)} {_value(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_value, value)) or _("none")
    if isinstance(value, bool) or value is None:
        return say(bool(value)) if value is not None else _("unknown")
    if isinstance(value, int | float):
        return figure(str(value))
    text = str(value)
    return figure(text) if text[:1] in "<>" else say(text)


def _verdicts(found: Changes, library: Library) -> Iterator[str]:
    for row in found.verdicts:
        change = f"{verdict_words(row.before)} → {verdict_words(row.now)}"
        again = _("; look again from {until}").format(until=row.until) if row.until else ""
        yield f"{_name(row.therapy, library)}: {change}{_rules(row)}{again}"


def _reasons(found: Changes, library: Library) -> Iterator[str]:
    for row in found.reasons:
        new = [rule for rule in row.rules_now if rule not in row.rules_before]
        gone = [rule for rule in row.rules_before if rule not in row.rules_now]
        parts = [_("new: {rules}").format(rules=_few(new))] if new else []
        parts += [_("no longer: {rules}").format(rules=_few(gone))] if gone else []
        yield f"{_name(row.therapy, library)} ({verdict_words(row.now)}): {'; '.join(parts)}"


def _rules(row: VerdictChange) -> str:
    return f" ({_few(row.rules_before)} → {_few(row.rules_now)})"


def _few(rules: Sequence[str]) -> str:
    """The first rules of a list, and how many more: JSON holds all of them."""
    more = len(rules) - _RULES_SHOWN
    said = ", ".join(rules[:_RULES_SHOWN]) or "–"
    return said + _(" and {count} more").format(count=more) if more > 0 else said


def _findings(found: Changes, library: Library) -> Iterator[str]:
    for row in found.findings:
        spec = library.findings.get(row.finding)
        name = spec.title if spec is not None else row.finding
        yield f"{name}: {_level(row.before)} → {_level(row.now)}"


def _level(value: object) -> str:
    if isinstance(value, list | tuple) and len(value) == 2:
        return _("unknown, at least {low}, at most {high}").format(low=say(value[0]), high=say(value[1]))
    return _("not listed") if value is None else _value(value)


def _came(new: Iterable[Named], gone: Iterable[Named]) -> Iterator[str]:
    for row in new:
        yield _("new: {text} ({id})").format(text=row.text, id=row.id)
    for row in gone:
        yield _("no longer: {text} ({id})").format(text=row.text, id=row.id)


def _asked(found: Changes) -> Iterator[str]:
    for row in found.asked_new:
        yield f"{row.text} ({row.id})"
    if found.asked_no_more:
        names = ", ".join(row.id for row in found.asked_no_more)
        yield _("no longer asked: {names}").format(names=names)


def _earlier(row: Earlier) -> str:
    end = ends(row.until, lapsed=row.lapsed)
    who = f"{row.therapy}, {row.rule}" if row.therapy else row.rule
    new = _("new: ") if row.new else ""
    return f"{new}{who}: {row.reason} ({end})" if row.reason else f"{new}{who} ({end})"


def _knowledge(found: Changes) -> Iterator[str]:
    if found.what_if:
        return
    before, now = found.knowledge_before, found.knowledge_now
    if before is None:
        yield _("the same: {knowledge}").format(knowledge=_version(now))
        return
    yield f"{_version(before)} → {_version(now)}"


def _version(known: Known) -> str:
    digest = known.digest.removeprefix("sha256:")[:_DIGITS]
    overlay = _(", overlay {name}").format(name=known.overlay) if known.overlay else ""
    return f"{known.version} ({digest}{overlay})"


def _name(therapy: str, library: Library) -> str:
    known = library.therapies.get(therapy)
    return known.name if known is not None else therapy
