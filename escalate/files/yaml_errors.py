"""What the YAML scanner complains about, in words for somebody who fills in a form."""

from __future__ import annotations

import re

import yaml

from escalate.problems import Problem, Span
from escalate.texts import N_, _

_SPACES = N_("indent with spaces, the same number for keys that belong together")

# The scanner's words -> ours, and what to do.
_PLAIN = {
    "mapping values are not allowed in this context": (
        N_("a `:` stands where no key can be"),
        N_("indent with spaces, the same number for keys that belong together; "
           "put the text in quotes if it holds `: `")),
    "did not find expected ',' or ']'": (
        N_("a list `[` is not closed"), N_("separate by `,` and close with `]`")),
    "did not find expected ',' or '}'": (
        N_("a mapping `{` is not closed"), N_("separate by `,` and close with `}`")),
    "found unexpected end of stream": (
        N_("the file ends inside a quoted text"), N_("close the quotation mark")),
    "found unexpected document indicator": (
        N_("`---` inside a quoted text"), N_("close the quotation mark")),
    "found character that cannot start any token": (
        N_("this character cannot begin a value"),
        N_("put the text in quotes; a tab cannot indent, use spaces")),
    "did not find expected '-' indicator": (N_("a list item must begin with `- `"), _SPACES),
    "did not find expected key": (N_("the indentation does not fit"), _SPACES),
    "could not find expected ':'": (N_("a key without `:`"), N_("write `key: value`")),
    "block sequence entries are not allowed in this context": (
        N_("a list item `- ` cannot stand here"), N_("begin the list on its own line")),
    "did not find expected node content": (N_("a value is missing here"), ""),
    "found incompatible YAML document": (
        N_("another version of YAML is asked for"), N_("delete the `%YAML` line")),
    "found unknown escape character": (N_("an unknown `\\` sequence in a text"), N_("use single quotes")),
    "found invalid Unicode character escape code": (
        N_("no such character"), N_("write the character itself")),
    "did not find expected <document start>": (N_("text after the end of the document"), _SPACES),
}  # fmt: skip


def in_plain_words(fault: yaml.YAMLError, file: str, lines: tuple[str, ...]) -> Problem:
    """The scanner's complaint with its place; `truncated` where the file breaks off."""
    mark = getattr(fault, "problem_mark", None) or getattr(fault, "context_mark", None)
    told = str(
        getattr(fault, "problem", None) or getattr(fault, "reason", None) or _("cannot be read as YAML")
    )
    message, help = (_(text) if text else "" for text in _PLAIN.get(told, (told, "")))
    if mark is None:
        return Problem(Span(file, 1, 1), "not-yaml", message, help)
    line, column = mark.line + 1, mark.column + 1
    if told in _OF_THE_KEY_ABOVE and (above := _without_space(lines, mark.line, file)):
        return above
    code = "not-yaml"
    if line >= max(1, len(lines)) and _at_the_end(lines, line, column):
        code = "truncated"
        message = _("the file ends too early: {message}").format(message=message)
        opened = getattr(fault, "context_mark", None)
        if opened is not None:
            message += _(" (opened on line {line}, column {column})").format(
                line=opened.line + 1, column=opened.column + 1
            )
    excerpt = lines[line - 1] if line <= len(lines) else ""
    return Problem(Span(file, line, column), code, message, help, excerpt)


# `id:my-case` is a text to YAML, and the scanner complains about the line that follows it.
_OF_THE_KEY_ABOVE = ("mapping values are not allowed in this context", "could not find expected ':'")
_WITHOUT_SPACE = re.compile(r"\s*(?:- )?(?P<key>[A-Za-z_][\w.]*):(?P<rest>[^\s:/][^:]*)")


def _without_space(lines: tuple[str, ...], marked: int, file: str) -> Problem | None:
    """The problem of a line without a space after its colon, in the line above the marked one."""
    number = next((n for n in range(min(marked, len(lines)) - 1, -1, -1) if lines[n].strip()), None)
    found = _WITHOUT_SPACE.fullmatch(lines[number]) if number is not None else None
    if number is None or found is None:
        return None
    at = Span(file, number + 1, found.start("rest") + 1)
    help = _("write `{line}`").format(line=f"{found['key']}: {found['rest'].strip()[:60]}")
    return Problem(at, "not-yaml", _("no space after the colon"), help, lines[number])


def _at_the_end(lines: tuple[str, ...], line: int, column: int) -> bool:
    return line > len(lines) or column > len(lines[line - 1].rstrip())
