"""A page of the conference's decision as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from escalate.report.decision import DecisionPage, Part
from escalate.report.markdown import escaped
from escalate.texts import speaking

_RULE = "\\_" * 40


def decision_markdown(page: DecisionPage) -> str:
    """The page as CommonMark, ending in one newline."""
    with speaking(page.language):
        return "\n".join(_lines(page)).rstrip("\n") + "\n"


def _lines(page: DecisionPage) -> Iterator[str]:
    yield from (f"# {escaped(page.title)}", "", escaped(page.lead), "")
    if page.notice:
        yield from (f"**{escaped(page.notice)}**", "")
    for part in page.parts:
        yield from _part(part)
    if page.code:
        yield from ("```yaml", page.code, "```", "")
    for label in page.signatures:
        yield from (f"{escaped(label)}: {_RULE}", "")
    yield from ("---", "")
    for line in page.foot:
        yield from (escaped(line), "")


def _part(part: Part) -> Iterator[str]:
    yield from (f"## {escaped(part.title)}", "")
    if part.lines:
        for line in part.lines:
            yield f"- {escaped(line)}" if part.is_list else escaped(line)
    else:
        yield escaped(part.blank)
        yield from (text for _number in range(part.blank_lines) for text in ("", _RULE))
    yield ""
