"""One field of the patient file as a control of the form: its label, what it takes, and what is given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from escalate.findings.say import say
from escalate.language.words import say_unit
from escalate.library.model import FactType, Library
from escalate.patient.fields import LISTS, Fields, fields_of
from escalate.patient.vocabulary import vocabulary
from escalate.service.page.given import NAMES, ROW, VALUE, WORDS, Given
from escalate.service.page.sections import sections
from escalate.texts import N_, _, figure

# So many words are ticked; of more, names are written.
_TICKED = 8
_ROWS_TO_FILL = 1
_NO_ENTRIES = {
    "antibodies": N_("tested, and none found"),
    "therapies": N_("no therapy was ever given"),
    "overrides": N_("none"),
}
_ENTRIES = {
    "antibodies": N_("What was tested and is negative belongs to the panel below."),
    "therapies": N_("The whole history, oldest first. What is not known is left empty."),
    "overrides": N_("They are shown beside what they concern, and change no verdict."),
}


@dataclass(frozen=True, slots=True)
class Control:
    """`kind` is text, long, choice, ticks or names; `words` are values and their labels."""

    name: str
    kind: str
    label: str
    help: str
    takes: str
    unit: str = ""
    value: str = ""
    words: tuple[tuple[str, str], ...] = ()
    chosen: tuple[str, ...] = ()
    none: bool = False  # of a list of words: looked for, and none
    suggest: str = ""  # the vocabulary whose names are suggested
    needed: bool = False
    problem: str = ""

    @property
    def is_given(self) -> bool:
        """Whether anything is known of it."""
        return bool(self.value or self.chosen or self.none)


@dataclass(frozen=True, slots=True)
class Entries:
    """A list of the patient file: rows of controls, the last of them empty."""

    name: str
    help: str
    none_label: str
    none: bool
    rows: tuple[tuple[Control, ...], ...]
    filled: int


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the form; `total` is 0 where it holds a list, which has no end."""

    id: str
    title: str
    parts: tuple[Control | Entries, ...]
    filled: int
    total: int
    has_problem: bool


def form(
    given: Given, library: Library, problems: Mapping[str, str] | None = None, more: str = ""
) -> tuple[Section, ...]:
    """The whole form in the language spoken now.

    Args: problems, by the name of a control, what is wrong with it; more, the list that gets another row.
    """
    fields, found = fields_of(library), []
    builder = _Builder(given, library, fields, problems or {}, more)
    for id, title, names in sections(fields.names):
        parts = tuple(builder.entries(name) if name in LISTS else builder.control(name) for name in names)
        controls = [part for part in parts if isinstance(part, Control)]
        lists = [part for part in parts if isinstance(part, Entries)]
        inside = [*controls, *(control for entries in lists for row in entries.rows for control in row)]
        found.append(
            Section(
                id=id,
                title=_(title),
                parts=parts,
                filled=sum(c.is_given for c in controls) + sum(e.filled for e in lists),
                total=len(controls) if not lists else 0,
                has_problem=any(control.problem for control in inside),
            )
        )
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Builder:
    given: Given
    library: Library
    fields: Fields
    problems: Mapping[str, str]
    more: str

    def control(self, path: str) -> Control:
        fact = self.fields.facts[path]
        if fact.kind != "list":
            return self._one(VALUE + path, fact, self.given.values.get(path, ""), needed=path == "id")
        words = self.given.words.get(path)
        none = words == ()
        if len(fact.values) <= _TICKED:
            labels = _labels(fact, self.library)
            strange = tuple((word, word) for word in words or () if word not in dict(labels))
            return self._made(
                WORDS + path, fact, "ticks", words=(*labels, *strange), chosen=words or (), none=none
            )
        return self._made(
            NAMES + path,
            fact,
            "names",
            value=", ".join(words or ()),
            none=none,
            takes=_("names, with commas between"),
        )

    def entries(self, name: str) -> Entries:
        given, parts = self.given.rows.get(name), self.fields.parts[name]
        empty = _ROWS_TO_FILL + (self.more == name) if not given or self.more == name else 0
        rows = [*(given or ()), *({} for _number in range(empty))]
        return Entries(
            name=name,
            help=_(_ENTRIES[name]),
            none_label=_(_NO_ENTRIES[name]),
            none=given == (),
            rows=tuple(
                tuple(
                    self._one(f"{ROW}{name}:{number}:{part}", fact, row.get(part, ""), needed=False)
                    for part, fact in parts.items()
                )
                for number, row in enumerate(rows)
            ),
            filled=len(given or ()),
        )

    def _one(self, name: str, fact: FactType, value: str, *, needed: bool) -> Control:
        if fact.kind == "boolean":
            words = (("yes", _("yes")), ("no", _("no")))
            meant = {"true": "yes", "ja": "yes", "false": "no", "nein": "no"}
            return self._choice(name, fact, meant.get(value.strip().casefold(), value.strip()), words)
        if fact.kind == "enum" and len(fact.values) < 30 and not fact.accepts_never:
            return self._choice(name, fact, value, _labels(fact, self.library))
        long = fact.kind == "text" and (name.endswith(("note", "reason")) or "\n" in value)
        return self._made(name, fact, "long" if long else "text", value=value, needed=needed)

    def _choice(self, name: str, fact: FactType, value: str, words: tuple[tuple[str, str], ...]) -> Control:
        if value and value not in dict(words):
            # As the file writes it: a synonym, or what the reader will refuse.
            words = (*words, (value, value))
        return self._made(name, fact, "choice", value=value, words=words)

    def _made(
        self, name: str, fact: FactType, kind: str, *, takes: str | None = None, **more: object
    ) -> Control:
        return Control(
            name=name,
            kind=kind,
            label=fact.label,
            help=fact.ask if fact.ask != fact.label else "",
            takes=_takes(fact) if takes is None else takes,
            unit=say_unit(fact.unit),
            suggest=fact.names if kind == "text" else "",
            problem=self.problems.get(name, ""),
            **more,  # type: ignore[arg-type]
        )


def _takes(fact: FactType) -> str:
    """What stands in an empty text box: the range, or the form of a date."""
    if fact.kind == "date":
        day = _("2026-03-31 or 2026-03") if fact.month else "2026-03-31"
        return _("{date} or never").format(date=day) if fact.accepts_never else day
    if fact.kind in ("number", "integer") and fact.low is not None and fact.high is not None:
        low, high = figure(f"{fact.low:f}"), figure(f"{fact.high:f}")
        span = _("{low} to {high}").format(low=low, high=high)
        return _("{date} or never").format(date=span) if fact.accepts_never else span
    return ""


def _labels(fact: FactType, library: Library) -> tuple[tuple[str, str], ...]:
    labels = vocabulary(library, fact.names).labels if fact.names else {}
    return tuple((word, labels.get(word) or say(word)) for word in fact.values)


def names_of(library: Library) -> dict[str, tuple[tuple[str, str], ...]]:
    """The names that are suggested while one is typed, by vocabulary: the file's and people's own."""
    found = {}
    for kind in _kinds(library):
        labels = vocabulary(library, kind).labels
        found[kind] = tuple(sorted(labels.items(), key=lambda name: name[1].casefold()))
    return found


def _kinds(library: Library) -> Iterable[str]:
    fields = fields_of(library)
    facts = [*fields.facts.values(), *(f for parts in fields.parts.values() for f in parts.values())]
    return sorted({f.names for f in facts if f.names and f.kind == "enum" and len(f.values) >= 30})
