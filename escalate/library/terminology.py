"""knowledge/terminology/: codes of other systems for the project's own facts, read strictly.

Every code carries a grade: A and B and C are read, U ("not verified") stands there so that nobody takes
it for an oversight, and is never read. What a rule could learn by grade U alone is refused here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from escalate.library.families import FactTypes
from escalate.library.model import Library, Vocabulary
from escalate.library.reading import Reader, plain_dict
from escalate.nodes import Document, Sequence
from escalate.nodes import Mapping as Node
from escalate.problems import Problem, Span
from escalate.texts import _

FOLDER = "knowledge/terminology/"
GRADES = ("A", "B", "C", "U")
RESULTS = ("positive", "negative", "indeterminate")
_CHECKED = re.compile(r"[0-9]{4}-[0-9]{2}")
_HEAD = ("source", "checked")
_ENTRY = ("fact", "read", "as", "limit", "day", "units", "ratio_below", "codes")
_ANTIBODY = ("antibody", "only_positive", "presence", "quantity")
_DRUG = ("atc", "before", "also_under", "co_medication")

Plain = dict[str, object]


def read_terminology(
    documents: Mapping[str, Document], library: Library, collect: Callable[[Problem], None]
) -> Plain:
    """The files by their name without ending (`laboratory`), as plain values; every problem is collected."""
    readers = {
        path.removeprefix(FOLDER).removesuffix(".yaml"): Reader(document, collect)
        for path, document in documents.items()
        if path.startswith(FOLDER)
    }
    reading = _Terminology(readers, library)
    for name in _FILES if readers else ():
        if name not in readers:
            at = Span(f"{FOLDER}{name}.yaml", 1, 1)
            collect(Problem(at, "missing-file", _("`{path}` is missing").format(path=at.file)))
    for name, reader in readers.items():
        read = _FILES.get(name)
        if read is None:
            message = _("`{path}` is read by nobody").format(path=f"{FOLDER}{name}.yaml")
            reader.problem(reader.document.root.at, "unknown-file", message)
        else:
            read(reading, reader)
    return {name: plain_dict(reader.document.root) for name, reader in readers.items()}


class _Terminology:
    """The files while they are read: what one of them names must stand in another."""

    def __init__(self, readers: Mapping[str, Reader], library: Library) -> None:
        self.library = library
        known = library.facts.plain if isinstance(library.facts, FactTypes) else library.facts
        self.fields = {name: fact for name, fact in known.items() if not fact.derived}
        self.systems = _names(readers.get("systems"))
        units = readers["units"].document.root if "units" in readers else None
        ucum = units.get("ucum") if isinstance(units, Node) else None
        self.units = tuple(key.text for key, _unit in ucum.entries) if isinstance(ucum, Node) else ()
        self.seen: dict[tuple[str, str], str] = {}

    # -- one file each

    def systems_file(self, reader: Reader) -> None:
        for key, body in reader.entries("systems.yaml"):
            reader.keys(body, ("uri", "further", "grade"), ("uri", "grade"), f"`{key.text}`")
            reader.word(body.get("grade"), GRADES, "grade")

    def units_file(self, reader: Reader) -> None:
        root = reader.mapping(reader.document.root, "units.yaml")
        if root:
            reader.keys(root, ("ucum", "free_text"), ("ucum",), "units.yaml")
            for key, _value in root.entries:
                reader.mapping(root.get(key.text), f"`{key.text}`")

    def measured_file(self, reader: Reader) -> None:
        for name, body, system in self._entries(reader, ("system", "entries"), _ENTRY):
            fact = self._fact(reader, body, "fact")
            for part in ("limit", "day"):
                self._fact(reader, body, part)
            if fact:
                reader.keys(body, _ENTRY, ("read", "codes"), f"`{name}`")
            if body.get("read") is not None:
                reader.word(body.get("read"), ("quantity", "result"), "read")
            said = body.get("as")
            for key, word in said.entries if isinstance(said, Node) else ():
                if key.text not in RESULTS:
                    reader.problem(key.at, "unknown-value", _("`{word}` is no result").format(word=key.text))
                if fact:
                    reader.word(word, self.fields[fact].values, fact)
            for unit in reader.items(body.get("units"), "units"):
                reader.word(unit, self.units, "units")
            self._codes(reader, body, "codes", system, fact or "")

    def antibodies_file(self, reader: Reader) -> None:
        for _name, body, system in self._entries(reader, ("system", "entries"), _ANTIBODY):
            antibody = body.get("antibody")
            name = reader.text(antibody, "antibody")
            if antibody is not None:
                reader.word(antibody, self.library.antibodies.labels, "antibody")
            for part in ("presence", "quantity"):
                self._codes(reader, body, part, system, name and f"antibodies, {name}")

    def drugs_file(self, reader: Reader) -> None:
        root = self._head(reader, ("system", "grade", "drugs"))
        drugs = root.get("drugs") if root else None
        for key, value in drugs.entries if isinstance(drugs, Node) else ():
            body = reader.mapping(value, f"`{key.text}`")
            if body is None:
                continue
            reader.keys(body, _DRUG, ("atc",), f"`{key.text}`")
            if not _drug_known(key.text, self.library.drugs):
                message = _("`{name}` is no drug that knowledge/drugs.yaml or therapies/ know")
                reader.problem(key.at, "unknown-value", message.format(name=key.text))
            for part in ("atc", "before"):
                for code in reader.texts(body.get(part), part):
                    self._once(reader, body.at, "atc", code, key.text)

    def results_file(self, reader: Reader) -> None:
        root = self._head(reader, ("results",))
        results = root.get("results") if root else None
        for key, value in results.entries if isinstance(results, Node) else ():
            if key.text not in RESULTS:
                reader.problem(key.at, "unknown-value", _("`{word}` is no result").format(word=key.text))
            self._listed(reader, value, "", key.text)

    def diagnoses_file(self, reader: Reader) -> None:
        for _name, body, _system in self._entries(reader, ("entries",), ("hints", "codes")):
            for hint in reader.items(body.get("hints"), "hints"):
                reader.word(hint, self.fields["diagnosis.entity"].values, "diagnosis.entity")
            self._listed(reader, body.get("codes"), "", "")

    # -- what they share

    def _head(self, reader: Reader, keys: tuple[str, ...]) -> Node | None:
        root = reader.mapping(reader.document.root, _("a terminology file"))
        if root is None:
            return None
        reader.keys(root, (*_HEAD, *keys), (*_HEAD, *keys), _("a terminology file"))
        checked = root.get("checked")
        if checked is not None and not _CHECKED.fullmatch(reader.text(checked)):
            message = _("`checked` is the month in which the codes were checked, as 2026-11")
            reader.problem(checked.at, "not-a-date", message)
        if root.get("system") is not None:
            reader.word(root.get("system"), self.systems, "system")
        if root.get("grade") is not None:
            reader.word(root.get("grade"), GRADES, "grade")
        return root

    def _entries(
        self, reader: Reader, keys: tuple[str, ...], parts: tuple[str, ...]
    ) -> Iterable[tuple[str, Node, str]]:
        root = self._head(reader, keys)
        entries = root.get("entries") if root else None
        system = reader.text(root.get("system")) if root else ""
        for key, value in entries.entries if isinstance(entries, Node) else ():
            body = reader.mapping(value, f"`{key.text}`")
            if body is not None:
                reader.keys(body, parts, (), f"`{key.text}`")
                yield key.text, body, system

    def _fact(self, reader: Reader, body: Node, part: str) -> str:
        node = body.get(part)
        return reader.word(node, self.fields, part) if node is not None else ""

    def _codes(self, reader: Reader, body: Node, part: str, system: str, carries: str) -> None:
        """The codes of an entry; `carries` is what a rule learns by them, empty for nothing."""
        node = body.get(part)
        if node is None:
            return
        grades = self._listed(reader, node, system, carries)
        if carries and grades and set(grades) == {"U"}:
            message = _("every code of `{fact}` has grade U: not verified, so no rule may rest on it")
            reader.problem(node.at, "unverified-code", message.format(fact=carries))

    def _listed(self, reader: Reader, node: object, system: str, what: str) -> list[str]:
        grades: list[str] = []
        items = node.items if isinstance(node, Sequence) else ()
        for item in items:
            body = reader.mapping(item, _("a code"))
            if body is None:
                continue
            own = () if system else ("system",)
            reader.keys(body, ("code", "grade", "units", *own), ("code", "grade", *own), _("a code"))
            grades.append(reader.word(body.get("grade"), GRADES, "grade"))
            named = system or reader.word(body.get("system"), self.systems, "system")
            for unit in reader.items(body.get("units"), "units"):
                reader.word(unit, self.units, "units")
            self._once(reader, body.at, named, reader.text(body.get("code"), "code"), what)
        return grades

    def _once(self, reader: Reader, at: Span, system: str, code: str, what: str) -> None:
        first = self.seen.setdefault((system, code), str(at))
        if first != str(at):
            message = _("the code {code} stands already at {first}").format(code=code, first=first)
            reader.problem(at, "duplicate-code", message, what)


def _drug_known(name: str, drugs: Vocabulary) -> bool:
    return name in drugs.labels or name in drugs.canonical


def _names(reader: Reader | None) -> tuple[str, ...]:
    root = reader.document.root if reader else None
    return tuple(key.text for key, _value in root.entries) if isinstance(root, Node) else ()


_FILES: dict[str, Callable[[_Terminology, Reader], None]] = {
    "systems": _Terminology.systems_file,
    "units": _Terminology.units_file,
    "laboratory": _Terminology.measured_file,
    "function": _Terminology.measured_file,
    "antibodies": _Terminology.antibodies_file,
    "drugs": _Terminology.drugs_file,
    "results": _Terminology.results_file,
    "diagnoses": _Terminology.diagnoses_file,
}
