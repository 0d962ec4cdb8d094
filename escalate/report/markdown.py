"""The sheet as Markdown for pasting into a record: compact, one line an item, texts of the file escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from escalate.assessment import Assessment
from escalate.problems import printable
from escalate.report.antibodies import guidance_lines
from escalate.report.changes import Changes
from escalate.report.changes_said import Told, told
from escalate.report.sheet import Sheet, sheet
from escalate.report.sheet_options import Card
from escalate.report.sheet_rows import Row
from escalate.report.sheet_said import Said
from escalate.texts import _, in_its_language

# What CommonMark and the tables of GitHub read as a sign inside a line; `.` and `-` only count at its start.
_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|~&!])")
_LEADING = re.compile(r"^(\d+)([.)])(?=\s)|^([-+=])")


@in_its_language
def markdown_report(assessment: Assessment, *, since: Changes | None = None) -> str:
    """The whole report as CommonMark with tables, ending in one newline.

    Args: since, what differs from another assessment of the patient, told before the open options.
    """
    new = told(since, assessment.library) if since is not None else None
    return "\n".join(_lines(sheet(assessment), new)).rstrip("\n") + "\n"


def escaped(text: str) -> str:
    """A text as one line that Markdown shows as it is: no markup, no HTML, no control character.

    >>> escaped("<b>2 * 3</b>")
    '\\\\<b\\\\>2 \\\\* 3\\\\</b\\\\>'
    """
    line = printable(" ".join(re.split(r"[\r\n\t]+", text)).strip())
    return _LEADING.sub(_hidden, _SIGNS.sub(r"\\\1", line))


def _hidden(found: re.Match[str]) -> str:
    return f"\\{found[3]}" if found[3] else f"{found[1]}\\{found[2]}"


def _lines(s: Sheet, new: Told | None) -> Iterator[str]:
    yield f"# {escaped(s.id)}, {_('assessed on {day}').format(day=s.day)}"
    yield ""
    yield from _items(s.overlay)
    yield f"**{escaped(s.patient)}**"
    yield ""
    for n in s.notices:
        yield f"- **{escaped(n.kind)}: {escaped(n.title)}** ({n.id})"
        yield from _items((_("do: ") + text for text in n.do), 1)
        yield from _items((_("do not: ") + text for text in n.do_not), 1)
        yield from _items(filter(None, [" ↔ ".join(f"{d.what}: {d.value}" for d in n.disputed)]), 1)
        if n.mark == "contradiction":
            yield from _items(n.because, 1)
        if n.unknown:
            unknown = _("counts as unknown until settled: {makes_unknown}")
            yield from _items([unknown.format(makes_unknown=n.unknown)], 1)
    if not s.emergencies:
        yield f"- {_('no emergency found in what the file states')}"
    yield from _items((*s.requests, *filter(None, [s.course]), s.asked))
    yield from _items(f"{title}: {value}" for title, value in s.summary)
    if new is not None:
        yield from _changes(new)
    yield from _asks(s)
    yield from _nears(s)
    yield from _antibodies(s)
    yield from _past(s)
    yield from _owed(s)
    yield from _heading(_("Open options"))
    for card in s.cards:
        yield from _card(card, s)
    if not s.cards:
        yield _("No option is open.")
    yield from _ways(s)
    yield from _rows(_("Closed, and by what"), s.closed_groups)
    yield from _rows(_("Waiting for data (not open)"), s.waiting_groups)
    if s.earlier:
        yield from _heading(_("Earlier decisions that meet no entry today"))
        yield from _items(s.earlier)
    yield from _sources(s)
    yield from ("", "---", "", escaped(s.purpose), "")
    text = _("Knowledge {version}, {digest}; engine {engine}.")
    yield escaped(text.format(version=s.knowledge, digest=s.digest, engine=s.engine))
    if s.stamp:
        yield from ("", escaped(_("Made at {stamp}.").format(stamp=s.stamp)))


def _antibodies(s: Sheet) -> Iterator[str]:
    if s.antibodies:
        yield from _heading(_("What the antibodies say"))
    for one, numbers in s.antibodies:
        support = f" ({escaped(one.support)})" if one.support else ""
        yield f"- **{escaped(one.name)}**{support}{_numbers(numbers)}"
        yield from _items(guidance_lines(one), 1)


def _changes(new: Told) -> Iterator[str]:
    yield from _heading(new.title)
    if new.lead:
        yield from (escaped(new.lead), "")
    for section in new.sections:
        yield f"- **{escaped(section.title)}**"
        yield from _items(section.lines, 1)


def _heading(text: str) -> Iterator[str]:
    yield from ("", f"## {escaped(text)}", "")


def _items(texts: Iterable[str], depth: int = 0) -> Iterator[str]:
    for text in texts:
        yield f"{'  ' * depth}- {escaped(text)}"


def _asks(s: Sheet) -> Iterator[str]:
    if s.asks or s.cannot:
        yield from _heading(_("What to measure next, and what it decides"))
    for ask in s.asks:
        more = _(" and {count} more").format(count=ask.more) if ask.more else ""
        names = escaped(", ".join(ask.decides)) + more
        instead = f" {escaped(ask.instead)}" if ask.instead else ""
        yield f"{ask.rank}. {escaped(ask.text)} ({ask.soon}){f' – {names}' if ask.decides else ''}{instead}"
    yield from _items(f"{_('Cannot be done:')} {line}" for line in s.cannot)


def _nears(s: Sheet) -> Iterator[str]:
    if s.nears:
        yield from _heading(_("Near misses"))
    for near in s.nears:
        rules = "; ".join(
            f"{escaped(r.title)} ({r.rule}{f'; {r.basis}' if r.basis else ''})" for r in near.rules
        )
        day = f", {near.day}" if near.day else ""
        yield f"- **{escaped(near.what)}**{day}; {_('Line')} {near.limit}: {rules}"
        for names, now, there in near.turned:
            yield f"  - {escaped(names)}: {now}; {near.other}: {there}"


def _owed(s: Sheet) -> Iterator[str]:
    if s.owed:
        yield from _heading(_("Owed to the patient first"))
    for duty in s.owed:
        known = "; ".join(f"{label}: {value}" for label, value in duty.known)
        blanks = "".join(f"; {text}: ....." for text in duty.blanks)
        yield f"- **{escaped(duty.title)}**: {escaped(known)}{blanks}"


def _card(card: Card, s: Sheet) -> Iterator[str]:
    level, sources = _("evidence: {level}").format(level=card.level), _numbers(card.sources)
    counts = f", {escaped(card.counts)}" if card.counts else ""
    verdict = f"{card.verdict}, {escaped(card.status)}{counts}; {level}{sources}"
    yield f"- **{escaped(card.name)}** ({card.place}): {verdict}"
    yield from _items((f"{_('near miss')}: {text}" for text in s.near_of(card.id)), 1)
    if card.evidence:
        yield f"  - {escaped(card.evidence)}"
    yield from (f"  - {_('for: ')}{_said(r)}" for r in card.reasons)
    yield from (f"  - {_('caution: ')}{_said(r)}" for r in card.cautions)
    for said, missing in card.unchecked:
        yield f"  - {_('not checked: ')}{escaped(said.title)} ({said.rule}); {escaped(missing)}"
        yield from _items(said.earlier, 2)
    for other in card.untried:
        name = f"{_('not yet tried')}: {escaped(other.name)} ({other.here})"
        yield f"  - {name}; {_('passed over because:')} ....."
    yield from _items(card.notes, 1)
    yield from _items([card.dose] if card.dose else [], 1)


def _said(r: Said) -> str:
    basis = f"; {r.basis}" if r.basis else ""
    facts = f" – {escaped('; '.join(r.facts))}" if r.facts else ""
    again = f"; {_('not before {day}').format(day=r.look_again)}" if r.look_again else ""
    advise = f" → {escaped(r.advise)}" if r.advise else ""
    earlier = "".join(f" → {escaped(line)}" for line in r.earlier)
    return f"{escaped(r.title)} ({r.rule}{basis}){_numbers(r.sources)}{facts}{again}{advise}{earlier}"


def _numbers(numbers: Iterable[int]) -> str:
    said = ", ".join(map(str, numbers))
    return f" \\[{said}\\]" if said else ""


def _ways(s: Sheet) -> Iterator[str]:
    if s.ways:
        yield from _heading(_("Also to choose from, without a further drug"))
    for way in s.ways:
        state = "; ".join(way.state) or ("" if way.said else _("no rule speaks for it here"))
        yield f"- **{way.title}**{f': {escaped(state)}' if state else ''}"
        for said, do in way.said:
            yield f"  - {_said(said)}"
            yield from _items(do, 2)


def _rows(title: str, groups: Iterable[Sequence[Row]]) -> Iterator[str]:
    for number, group in enumerate(groups):
        if number == 0:
            yield from _heading(title)
        row = group[0]
        change = f"; {_('can it change?')} {row.change}" if row.change else ""
        names = ", ".join(f"**{escaped(one.name)}** ({one.place})" for one in group)
        yield f"- {names}: {row.verdict}{change}"
        yield from (f"  - {_said(r)}" for r in row.reasons)
        if row.further:
            yield f"  - {escaped(_('also: {closing}').format(closing='; '.join(row.further)))}"
        if row.missing:
            most = max(one.more_missing for one in group)
            said = _(" and {count} more") if len(group) == 1 else _(" and up to {count} more")
            more = said.format(count=most) if most else ""
            yield f"  - {_('missing: ')}{escaped(', '.join(row.missing))}{more}"
        yield from _items(row.earlier, 1)


def _past(s: Sheet) -> Iterator[str]:
    yield from _heading(_("Lines of therapy"))
    if s.checks:
        yield "; ".join(f"{escaped(c.title)}: {c.answer}" for c in s.checks)
        yield ""
    if not s.history_known:
        yield _("history unknown: every step that needs a failed line waits for it")
    elif not s.lines:
        yield _("none given")
    if not s.lines:
        return
    if not s.history_known:
        yield ""
    head = (_("Therapy"), _("Dose"), _("Time"), _("Adequate"), _("Response"), _("Ended for"), _("Counts as"))
    yield f"| {' | '.join(head)} |"
    yield "|---" * len(head) + "|"
    for line in s.lines:
        dose = ", ".join(part for part in (line.dose, line.level) if part)
        cells = (line.drug, dose, line.time, line.adequate, line.response, line.ended, line.counts_as)
        yield f"| {' | '.join(escaped(cell) or '–' for cell in cells)} |"


def _sources(s: Sheet) -> Iterator[str]:
    if s.sources:
        yield from _heading(_("Sources"))
        for number, entry in s.sources:
            doi = f", <https://doi.org/{entry.doi}>" if entry.doi else ""
            yield f"{number}. {escaped(entry.citation)}{doi}"
