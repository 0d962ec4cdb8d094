"""Documents to Library: every file read, every name resolved, every problem collected before any is raised.

Shapes of the files stand in the modules that read them: facttypes, findings, rules, therapies, vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from escalate.language.names import Names
from escalate.language.words import say_word
from escalate.library.digest import digest
from escalate.library.facttypes import read_derived, read_fields
from escalate.library.families import FactTypes, Family, slug
from escalate.library.findings import fields_of_tests, read_findings, read_tests
from escalate.library.languages import spoken
from escalate.library.model import Evidence, FactType, FindingSpec, Library, Rails, Rule, Therapy, Vocabulary
from escalate.library.overlay import overlaid, split
from escalate.library.rails import compile_rails
from escalate.library.read_statements import FILES as STATEMENTS
from escalate.library.read_statements import read_statements
from escalate.library.reading import Reader, plain_dict, scalars_of
from escalate.library.rules import Surroundings, read_rules
from escalate.library.strata import cycles, dependencies, findings_in
from escalate.library.terminology import read_terminology
from escalate.library.therapies import classes_of, read_evidence, read_ladder, read_regimens, read_therapy
from escalate.library.vocabulary import ANTIBODY, DRUG, ENTITY, read_drugs, read_names
from escalate.nodes import Document, Scalar
from escalate.problems import KnowledgeRefused, Problem, Span, in_order
from escalate.texts import _, speaking, spoken_now

_FILES = (
    "knowledge/version.yaml",
    "knowledge/fields.yaml",
    "knowledge/tests.yaml",
    "knowledge/findings.yaml",
    "knowledge/entities.yaml",
    "knowledge/antibodies.yaml",
    "knowledge/drugs.yaml",
    "knowledge/evidence.yaml",
    "knowledge/ladder.yaml",
)
_MAY_BE_THERE = ("knowledge/safety-lock.yaml",)  # read by `escalate kb check` alone
_FOLDERS = (
    *(f"knowledge/{x}/" for x in ("derived", "parameters", "therapies", "regimens", "pk", "terminology")),
    "rules/",
)
_NO_NAMES = (Vocabulary({}, {}), Vocabulary({}, {}))

T = TypeVar("T")


def build_library(documents: Mapping[str, Document], language: str = "en") -> Library:
    """The knowledge base.

    Args:   documents, relative path with `/` (`rules/findings/heart.yaml`) -> document;
            language, one of `escalate.texts.LANGUAGES`, of every text for people.
    Raises: KnowledgeRefused with every problem, sorted by place.
    """
    library, problems = assemble(documents, language)
    if problems:
        with speaking(_of_problems(language)):
            raise KnowledgeRefused(problems)
    return library


def assemble(documents: Mapping[str, Document], language: str = "en") -> tuple[Library, tuple[Problem, ...]]:
    """The knowledge base as far as it can be read, and everything that is wrong with it.

    A command that works on the English texts still tells its reader in the language spoken what is wrong.
    """
    library, problems = _read(documents, language)
    if problems and _of_problems(language) != language:
        problems = _read(documents, _of_problems(language))[1] or problems
    return library, problems


def _of_problems(language: str) -> str:
    return spoken_now() if language == "en" else language


def _read(documents: Mapping[str, Document], language: str) -> tuple[Library, tuple[Problem, ...]]:
    said = {path: spoken(document, language) for path, document in documents.items()}
    base, over = split(said)
    library, problems = _assemble(base, language)
    if not over or problems:
        return library, problems
    found: list[Problem] = []
    with speaking(language):
        with_overlay, overlay = overlaid(library, base, over, found.append)
    library, problems = _assemble(with_overlay, language)
    whole = digest({path: document.sha256 for path, document in documents.items()})
    return replace(library, overlay=overlay, digest=whole), in_order({*found, *problems})


def _assemble(documents: Mapping[str, Document], language: str) -> tuple[Library, tuple[Problem, ...]]:
    build = _Build(documents)
    with speaking(language):
        library = replace(build.library(), language=language)
        library = replace(library, terminology=read_terminology(documents, library, build.problems.append))
    return library, in_order(build.problems)


class _Build:
    def __init__(self, documents: Mapping[str, Document]) -> None:
        self.documents = documents
        self.problems: list[Problem] = []

    def library(self) -> Library:
        self._expected_files()
        evidence = self._one("evidence.yaml", read_evidence) or {}
        therapies = self._therapies(evidence)
        entities, overlaps = self._one("entities.yaml", lambda r: read_names(r, ENTITY)) or _NO_NAMES
        antibodies, _refused = self._one("antibodies.yaml", lambda r: read_names(r, ANTIBODY)) or _NO_NAMES
        drugs_file = self.documents.get("knowledge/drugs.yaml")
        drugs, drug_classes = read_drugs(
            self._reader(drugs_file) if drugs_file else None, therapies.values(), DRUG
        )
        classes = classes_of(therapies, drug_classes)
        words = {
            "entity": entities,
            "overlap": overlaps,
            "antibody": antibodies,
            "therapy": drugs,
            "drug": drugs,
        }
        facts = self._facts(words, classes, antibodies)
        findings = self._one("findings.yaml", lambda r: read_findings(r, facts)) or {}
        names = Names(facts, findings)
        tests = self._one("tests.yaml", lambda r: read_tests(r, names, facts.plain)) or {}
        fields = {name for name, fact in facts.plain.items() if not fact.derived}
        # A list of entries is also named as a whole: `therapies`.
        fields |= {name.partition("[")[0] for name in fields}
        around = Surroundings(names, findings, therapies, classes, evidence, fields)
        rules: list[Rule] = []
        for document in self._folder("rules/", without=STATEMENTS):
            rules += read_rules(self._reader(document), around)
        read_statements(self.documents, around, self.problems)
        self._check_ids(rules)
        self._check_findings(rules, findings)
        return Library(
            version=self._version(),
            digest=digest({path: document.sha256 for path, document in self.documents.items()}),
            facts=facts,
            tests=tests,
            findings=findings,
            rules=tuple(rules),
            therapies=therapies,
            classes=classes,
            entities=entities,
            antibodies=antibodies,
            drugs=drugs,
            evidence=evidence,
            parameters=self._parameters(),
            pk_models=self._pk_models(),
            ladder=self._one("ladder.yaml", read_ladder) or (),
            overlaps=overlaps,
            rails=self._rails(rules),
        )

    # -- files

    def _expected_files(self) -> None:
        for path, document in self.documents.items():
            if path not in (*_FILES, *_MAY_BE_THERE) and not path.startswith(_FOLDERS):
                self._fail_whole(document, "unknown-file", _("`{path}` is read by nobody").format(path=path))
        for path in _FILES:
            if path not in self.documents:
                message = _("`{path}` is missing").format(path=path)
                self.problems.append(Problem(Span(path, 1, 1), "missing-file", message))

    def _one(self, name: str, read: Callable[[Reader], T]) -> T | None:
        document = self.documents.get(f"knowledge/{name}")
        return read(self._reader(document)) if document is not None else None

    def _folder(self, prefix: str, without: tuple[str, ...] = ()) -> list[Document]:
        return [
            self.documents[path]
            for path in sorted(self.documents)
            if path.startswith(prefix) and path not in without
        ]

    def _reader(self, document: Document) -> Reader:
        return Reader(document, self.problems.append)

    def _fail_whole(self, document: Document, code: str, message: str) -> None:
        self._fail(document, document.root.at, code, message)

    def _fail(self, document: Document, at: Span, code: str, message: str, help_: str = "") -> None:
        self.problems.append(Problem(at, code, message, help_, document.excerpt(at)))

    def _version(self) -> str:
        document = self.documents.get("knowledge/version.yaml")
        root = document.root if document else None
        return "" if root is None or isinstance(root, Scalar) else str(plain_dict(root).get("version", ""))

    # -- parts

    def _therapies(self, evidence: Mapping[str, Evidence]) -> dict[str, Therapy]:
        therapies: dict[str, Therapy] = {}
        for document in self._folder("knowledge/therapies/"):
            reader = self._reader(document)
            therapy = read_therapy(reader)
            if therapy is None:
                continue
            if therapy.id in therapies:
                first = therapies[therapy.id].at
                self._fail_whole(
                    document,
                    "duplicate-id",
                    _("`{therapy}` stands already at {first}").format(therapy=therapy.id, first=first),
                )
            for item in scalars_of(document, "evidence") if evidence else ():
                reader.word(item, evidence, "evidence")
            therapies[therapy.id] = therapy
        for document in self._folder("knowledge/regimens/"):
            read_regimens(self._reader(document), therapies, evidence)
        return therapies

    def _facts(
        self,
        words: Mapping[str, Vocabulary],
        classes: Mapping[str, tuple[str, ...]],
        antibodies: Vocabulary,
    ) -> FactTypes:
        fields = self._one("fields.yaml", lambda r: read_fields(r, words)) or {}
        owner = self._one("tests.yaml", lambda r: fields_of_tests(r, fields)) or {}
        plain_facts: dict[str, FactType] = {
            name: replace(fact, test=owner[name]) if name in owner else fact for name, fact in fields.items()
        }
        members = {
            "therapy": words["therapy"].labels,
            "class": {name: say_word(name) for name in classes},
            "antibody": {slug(name): label for name, label in antibodies.labels.items()},
        }
        families: list[Family] = []
        for document in self._folder("knowledge/derived/"):
            derived, further = read_derived(self._reader(document), fields, members)
            for name in derived.keys() & plain_facts.keys():
                self._fail_whole(
                    document, "name-taken", _("the fact `{name}` is declared twice").format(name=name)
                )
            plain_facts |= derived
            families += further
        return FactTypes(plain_facts, tuple(families), members)

    def _parameters(self) -> dict[str, object]:
        merged: dict[str, object] = {}
        for document in self._folder("knowledge/parameters/"):
            values = plain_dict(document.root)
            for name in values.keys() & merged.keys():
                self._fail_whole(
                    document, "name-taken", _("the parameter `{name}` is given twice").format(name=name)
                )
            merged |= values
        return merged

    def _pk_models(self) -> dict[str, object]:
        models: dict[str, object] = {}
        for document in self._folder("knowledge/pk/"):
            model = plain_dict(document.root)
            if "id" not in model:
                self._fail_whole(document, "missing-key", _("a model has no `id`"))
            models[str(model.get("id", document.file))] = model
        return models

    # -- rules as a whole

    def _check_ids(self, rules: list[Rule]) -> None:
        first: dict[str, Rule] = {}
        for rule in rules:
            known = first.setdefault(rule.id, rule)
            if known.at != rule.at:
                message = _("`{rule}` is already the id of the rule at {at}")
                message = message.format(rule=rule.id, at=known.at)
                self._fail(self._document_of(rule), rule.at, "duplicate-id", message)

    def _check_findings(self, rules: list[Rule], findings: Mapping[str, FindingSpec]) -> None:
        needs = dependencies(rules, findings)
        for rule in rules:
            for name in sorted(findings_in(rule.when, findings) - needs.keys()):
                message = _("the finding `{name}` has no active rule").format(name=name)
                self._fail(self._document_of(rule), rule.at, "finding-without-rule", message)
        for circle in cycles(needs):
            rule = next(r for r in rules if r.kind == "finding" and r.targets == (circle[0],))
            message = _("the finding rests on itself: {circle}").format(circle=" -> ".join(circle))
            self._fail(self._document_of(rule), rule.at, "recursion", message)

    def _rails(self, rules: list[Rule]) -> Rails:
        def refuse(rule: Rule, message: str) -> None:
            help_ = _("make a part of it a finding of its own")
            said = _("rule `{name}`: {message}").format(name=rule.id, message=message)
            self._fail(self._document_of(rule), rule.at, "too-wide", said, help_)

        return compile_rails(rules, refuse)

    def _document_of(self, rule: Rule) -> Document:
        return next(d for d in self.documents.values() if d.file == rule.at.file)
