"""From each id of the clinical dossier to the rules, the knowledge and the tests that hold it.

Comes in: the ids (`tests/traceability/ids.yaml`), a Library, and the texts of the repository by their path.
Goes out: one row an id, and what is missing. A rule belongs to an id when its own id is that or begins with
it (`CARD-04-NYHA` to `CARD-04`); any other file belongs to it when it names it, in a comment or a text. A
test belongs to it when it names the id or one of its rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from escalate.library.model import Library
from escalate.nodes import Document, Node, Scalar, Sequence
from escalate.nodes import Mapping as MappingNode
from escalate.problems import KnowledgeRefused, Problem, Span, nearest
from escalate.texts import _

_KINDS = ("rule", "emergency", "vignette", "evidence", "therapy", "antibody")
_KEYS = ("id", "ids", "section", "kind", "as", "words", "home", "test", "none", "untested")
_RANGE = re.compile(r"([A-Z]+)(\d+)\.\.\1(\d+)")
# An id with all that follows it: `BCMA-X24a`, `P-DM-S2-IVIG`.
_TOKEN = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Entry:
    """One id. `home` and `test` are places that need not name it; `none` and `untested` say why none is."""

    id: str
    section: str
    kind: str
    words: str
    at: Span
    known_as: str
    home: tuple[str, ...] = ()
    test: tuple[str, ...] = ()
    none: str = ""
    untested: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """Where one id is held; `problems` says what is missing or stale."""

    entry: Entry
    words: str
    rules: tuple[str, ...]
    homes: tuple[str, ...]
    tests: tuple[str, ...]
    problems: tuple[str, ...]


def read_entries(document: Document) -> tuple[Entry, ...]:
    """The ids, ranges and lists unfolded, in the order of the file.

    Raises: KnowledgeRefused for an entry that cannot be read, or an id that stands twice.
    """
    if not isinstance(document.root, Sequence):
        raise _refused(document.root.at, _("the file is a list of ids"))
    entries: dict[tuple[bool, str], Entry] = {}
    for item in document.root.items:
        for entry in _entries(item):
            # An emergency and a source are both called E10.
            key = entry.kind == "evidence", entry.id
            if key in entries:
                raise _refused(entry.at, _("`{entry}` stands twice").format(entry=entry.id))
            entries[key] = entry
    return tuple(entries.values())


def _entries(item: Node) -> Iterator[Entry]:
    if not isinstance(item, MappingNode):
        raise _refused(item.at, _("an entry is a set of `key: value`"))
    for key, _value in item.entries:
        if key.text not in _KEYS:
            raise _refused(
                key.at, _("`{key}` is no part of an entry").format(key=key.text), nearest(key.text, _KEYS)
            )
    kind = _text(item, "kind") or "rule"
    if kind not in _KINDS:
        raise _refused(item.at, _("`{kind}` is no kind").format(kind=kind), nearest(kind, _KINDS))
    for name in [name for text in (*_texts(item, "id"), *_texts(item, "ids")) for name in _unfolded(text)]:
        yield Entry(
            name,
            _text(item, "section"),
            kind,
            _text(item, "words"),
            item.at,
            _text(item, "as") or name,
            _texts(item, "home"),
            _texts(item, "test"),
            _text(item, "none"),
            _text(item, "untested"),
        )


def _unfolded(text: str) -> list[str]:
    found = _RANGE.fullmatch(text)
    if found is None:
        return [text]
    letters, first, last = found.groups()
    return [f"{letters}{number:0{len(first)}}" for number in range(int(first), int(last) + 1)]


@dataclass(frozen=True, slots=True)
class Repository:
    """Texts by path, with the ids that each of them names."""

    texts: Mapping[str, str]
    named: Mapping[str, frozenset[str]] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "named", {path: names_in(text) for path, text in self.texts.items()})

    def naming(self, names: Iterable[str], *folders: str) -> tuple[str, ...]:
        """The files below these folders that name one of the ids, sorted."""
        wanted = set(names)
        return tuple(
            path for path in sorted(self.named) if path.startswith(folders) and wanted & self.named[path]
        )

    def holds(self, place: str) -> bool:
        """Whether a place `file` or `file::test` is there."""
        path, _, test = place.partition("::")
        return path in self.texts and (not test or f"def {test}(" in self.texts[path])


def names_in(text: str) -> frozenset[str]:
    """Every id that a text names, and each beginning of it.

    >>> sorted(names_in("CARD-04-NYHA (E1)"))
    ['CARD', 'CARD-04', 'CARD-04-NYHA', 'E1']
    """
    found: set[str] = set()
    for token in set(_TOKEN.findall(text)):
        parts = token.split("-")
        found.update("-".join(parts[: i + 1]) for i in range(len(parts)))
    return frozenset(found)


def trace(entries: Iterable[Entry], library: Library, texts: Mapping[str, str]) -> tuple[Row, ...]:
    """One row an id, in the order given."""
    repository = Repository(texts)
    rules: dict[str, set[str]] = {}
    for rule in library.rules:
        if rule.status == "active":
            rules.setdefault(rule.id, set()).update(source.ref for source in rule.sources)
    return tuple(_row(entry, library, repository, rules) for entry in entries)


def _row(entry: Entry, library: Library, repository: Repository, rules: Mapping[str, set[str]]) -> Row:
    own: tuple[str, ...] = ()
    homes, tests, words = entry.home, entry.test, entry.words
    if entry.kind in ("rule", "emergency"):
        own = tuple(name for name in rules if name == entry.id or name.startswith(f"{entry.id}-"))
        own += tuple(name for name in entry.home if name in rules and name not in own)
        homes = tuple(home for home in entry.home if home not in rules)
        if entry.kind == "rule":
            naming = repository.naming(
                [entry.id], "rules/", "knowledge/", "escalate/", "docs/knowledge-notes"
            )
            homes = tuple(dict.fromkeys((*homes, *naming)))
        where = ("tests/",) if entry.kind == "rule" else ("tests/vignettes/", "tests/test_emergencies")
        tests = tuple(dict.fromkeys((*tests, *repository.naming([entry.id, *own], *where))))
    elif entry.kind == "vignette":
        path = f"tests/vignettes/{entry.id}.yaml"
        tests = (path,) if repository.holds(path) else ()
        homes, words = tests, _name_of_vignette(repository.texts.get(path, ""), entry.id)
    elif entry.kind == "evidence":
        found = library.evidence.get(entry.known_as)
        homes = ("knowledge/evidence.yaml",) if found else ()
        words = found.citation if found else words
        own = tuple(name for name, cited in rules.items() if entry.id in cited)
        tests = ("tests/test_audit_check.py",)
    elif entry.kind == "therapy":
        therapy = library.therapies.get(entry.known_as)
        homes += (f"knowledge/therapies/{entry.known_as}.yaml",) if therapy else ()
        words = therapy.name if therapy else words
        tests = ("tests/test_therapy_files.py", *repository.naming([entry.known_as], "tests/vignettes/V"))
    else:
        known = entry.known_as in library.antibodies.labels
        homes = ("knowledge/antibodies.yaml",) if known else ()
        words = library.antibodies.labels.get(entry.known_as, words)
        tests = ("tests/test_vocabulary.py",)
    problems = tuple(_problems(entry, repository, rules, held=bool(own or homes), tested=bool(tests)))
    return Row(entry, words, own, homes, tests, problems)


def _name_of_vignette(text: str, name: str) -> str:
    found = re.search(rf"^- name: (?:{name} - )?(.+)$", text, re.MULTILINE)
    return found.group(1) if found else ""


def _problems(
    entry: Entry, repository: Repository, rules: Mapping[str, set[str]], *, held: bool, tested: bool
) -> Iterator[str]:
    name = entry.id
    if not held and not entry.none:
        yield _("`{name}` stands in no rule, no knowledge and no program, and nobody says why").format(
            name=name
        )
    if held and entry.none:
        yield _("`{name}` is held, and still says why it is not: {none}").format(name=name, none=entry.none)
    if not tested and not entry.none and not entry.untested:
        yield _("no test holds `{name}`, and nobody says why").format(name=name)
    if tested and entry.untested:
        yield _("a test holds `{name}`, and it still says why none does: {untested}").format(
            name=name, untested=entry.untested
        )
    for home in entry.home:
        if home not in rules and not repository.holds(home):
            yield _("`{name}`: there is no rule and no file `{home}`").format(name=name, home=home)
    for test in entry.test:
        if not repository.holds(test):
            yield _("`{name}`: there is no test `{test}`").format(name=name, test=test)


def _text(item: MappingNode, key: str) -> str:
    value = item.get(key)
    return value.text if isinstance(value, Scalar) else ""


def _texts(item: MappingNode, key: str) -> tuple[str, ...]:
    value = item.get(key)
    if isinstance(value, Sequence):
        return tuple(one.text for one in value.items if isinstance(one, Scalar))
    return (value.text,) if isinstance(value, Scalar) else ()


def _refused(at: Span, message: str, help: str = "") -> KnowledgeRefused:
    return KnowledgeRefused([Problem(at, "bad-trace", message, help)])
