"""What the YAML scanner complains about, in words for somebody who fills in a form."""

from __future__ import annotations

import yaml

from escalate.problems import Problem, Span

_SPACES = "indent with spaces, the same number for keys that belong together"
_QUOTE = "put the text in quotes"

# The scanner's words -> ours, and what to do.
_PLAIN = {
    "mapping values are not allowed in this context": (
        "a `:` stands where no key can be", f"{_SPACES}; {_QUOTE} if it holds `: `"),
    "did not find expected ',' or ']'": ("a list `[` is not closed", "separate by `,` and close with `]`"),
    "did not find expected ',' or '}'": ("a mapping `{` is not closed", "separate by `,` and close with `}`"),
    "found unexpected end of stream": ("the file ends inside a quoted text", "close the quotation mark"),
    "found unexpected document indicator": ("`---` inside a quoted text", "close the quotation mark"),
    "found character that cannot start any token": (
        "this character cannot begin a value", f"{_QUOTE}; a tab cannot indent, use spaces"),
    "did not find expected '-' indicator": ("a list item must begin with `- `", _SPACES),
    "did not find expected key": ("the indentation does not fit", _SPACES),
    "could not find expected ':'": ("a key without `:`", "write `key: value`"),
    "block sequence entries are not allowed in this context": (
        "a list item `- ` cannot stand here", "begin the list on its own line"),
    "did not find expected node content": ("a value is missing here", ""),
    "found incompatible YAML document": ("another version of YAML is asked for", "delete the `%YAML` line"),
    "found unknown escape character": ("an unknown `\\` sequence in a text", "use single quotes"),
    "found invalid Unicode character escape code": ("no such character", "write the character itself"),
    "did not find expected <document start>": ("text after the end of the document", _SPACES),
}  # fmt: skip


def in_plain_words(fault: yaml.YAMLError, file: str, lines: tuple[str, ...]) -> Problem:
    """The scanner's complaint with its place; `truncated` where the file breaks off."""
    mark = getattr(fault, "problem_mark", None) or getattr(fault, "context_mark", None)
    told = str(getattr(fault, "problem", None) or getattr(fault, "reason", None) or "cannot be read as YAML")
    message, help = _PLAIN.get(told, (told, ""))
    if mark is None:
        return Problem(Span(file, 1, 1), "not-yaml", message, help)
    line, column = mark.line + 1, mark.column + 1
    code = "not-yaml"
    if line >= max(1, len(lines)) and _at_the_end(lines, line, column):
        code = "truncated"
        message = f"the file ends too early: {message}"
        opened = getattr(fault, "context_mark", None)
        if opened is not None:
            message += f" (opened on line {opened.line + 1}, column {opened.column + 1})"
    excerpt = lines[line - 1] if line <= len(lines) else ""
    return Problem(Span(file, line, column), code, message, help, excerpt)


def _at_the_end(lines: tuple[str, ...], line: int, column: int) -> bool:
    return line > len(lines) or column > len(lines[line - 1].rstrip())
