"""German: nothing untranslated, nothing English in what a reader is told, two languages at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from shutil import copytree
from threading import Barrier

import click
import pytest
from babel.messages.catalog import Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from click.testing import CliRunner

from catalogue import PO
from catalogue import messages as said_in_code
from escalate import assess, load_knowledge, load_patient
from escalate.assessment import Assessment
from escalate.commands import cli
from escalate.commands.click_errors import complaint, language_asked_for, said_again
from escalate.files.json_text import dumps
from escalate.files.knowledge_base import read_knowledge
from escalate.language.words import UNITS, WORDS
from escalate.library.build import assemble
from escalate.library.languages import spoken, untranslated
from escalate.library.model import Library
from escalate.nodes import Mapping, Node, Scalar, Sequence
from escalate.problems import PatientRefused
from escalate.report.document import document
from escalate.report.explain import explanation
from escalate.report.text import text_report
from escalate.texts import figure, speaking
from tests.bare_messages import PACKAGE, bare_messages, bare_texts, hidden_translators
from tests.conftest import EXAMPLES, TODAY

FILES = sorted(EXAMPLES.glob("*.yaml"))
PROBLEMS = sorted((Path(__file__).parent / "problems" / "patient").glob("*.yaml"))
PLACEHOLDER = r"\{\w+\}"
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]  # as in pyproject.toml
WIDE = 100_000  # one paragraph a line: no text is torn apart by a line end


@pytest.fixture(scope="module")
def german() -> Library:
    return load_knowledge(language="de")


@cache
def messages() -> dict[str, Message]:
    """Every message of the code by its English text, with what the catalogue has for it (or nothing)."""
    with PO.open("rb") as file:
        german = read_po(file, locale="de")
    found: dict[str, Message] = {}
    for _file, text in said_in_code():
        key = text if isinstance(text, str) else text[0]
        found[key] = german.get(key) or Message(text)
    return found


def pairs(message: Message) -> Iterator[tuple[str, str]]:
    """English and German of a message; of one that counts, both forms."""
    english = (message.id,) if isinstance(message.id, str) else message.id
    told = (message.string,) if isinstance(message.string, str) else message.string
    yield from zip(english, told, strict=True)


def placeholders(text: str) -> set[str]:
    return set(re.findall(PLACEHOLDER, text))


# -- the catalogue


def test_every_message_has_its_german() -> None:
    """Extracted from the code anew: a message that somebody just wrote fails here until it has one."""
    missing = [english for m in messages().values() for english, told in pairs(m) if not told]

    assert missing == [], "`make catalogue` adds them to the .po file"


def test_the_catalogue_holds_nothing_doubtful_and_nothing_old() -> None:
    """A fuzzy entry is a guess; one that no code says any more misleads the translator."""
    with PO.open("rb") as file:
        catalogue = read_po(file, locale="de")
    held = {m.id if isinstance(m.id, str) else m.id[0] for m in catalogue if m.id}

    assert [m.id for m in catalogue if m.fuzzy and m.id] == []
    assert catalogue.obsolete == {}
    assert held - messages().keys() == set()


def test_a_translation_names_the_same_things() -> None:
    """The same placeholders and the same words in backticks, which are names and not language."""
    wrong = [
        (english, told)
        for message in messages().values()
        for english, told in pairs(message)
        if placeholders(english) != placeholders(told)
        or (english[:1] + english[-1:]).isspace() != (told[:1] + told[-1:]).isspace()
        or sorted(re.findall(r"--[a-z-]+", english)) != sorted(re.findall(r"--[a-z-]+", told))
    ]

    assert wrong == []


def test_the_compiled_catalogue_is_that_of_the_file() -> None:
    """A changed translation is compiled (`make catalogue`), else nobody reads it."""
    with PO.open("rb") as source, PO.with_suffix(".mo").open("rb") as compiled:
        written, read = (
            {tuple(pairs(m)) for m in catalogue if m.id and all(told for _, told in pairs(m))}
            for catalogue in (read_po(source, locale="de"), read_mo(compiled))
        )

    assert read == written


# What reads like a sentence and is not said to a reader, by the beginning of the file: which texts, and why.
SPELLED_FOR_PROGRAMS = {
    "audit/checks/evidence.py": ("[^`{}]*", "words of evidence.yaml that are looked for"),
    "audit/prohibitions.py": ("usual published|checked against the label", "words of the texts looked for"),
    "audit/diff/": (r"(### )?escalate kb diff.*|.*(differs|says the same|is {}) ", "names for the prover"),
    "audit/mutate/": ("at least|test {}", "the condition's own words"),
    "audit/verify/": (
        "not (applicable|proved|listed)|nothing of {}|assume {}|{} (owed|absent|blanked|known|never|plain)",
        "words of the machine-readable report, names for the prover",
    ),
    "audit/trace.py": (r"def {}\(", "a line of a test"),
    "audit/trace_page.py": (".*", "the page of docs/, which is English"),
    "audit/expected_values.py": ("{} mg, {} x {} mg", "units"),
    "audit/vignettes.py": (
        r"{} \(as written\)|{} - and if {}",
        "the name of a case, the same in each language",
    ),
    "commands/kb_check.py": ("escalate kb check", "a tool's name"),
    "files/decision_log/database.py": ("(CREATE|PRAGMA|-c) .*|the decision log is append-only", "SQL"),
    "files/yaml_errors.py": (".*", "the scanner's words, which are looked up"),
    "language/": (
        r"`is known`|{} in \[{}\]|{} is {}|{} is known|not {}",
        "a criterion as the rules write it",
    ),
    "library/packed.py": (r"not {}|Mapping.*|tuple.*", "a criterion as the rules write it, names of types"),
    "library/terminology.py": ("antibodies, {}", "a key of the file"),
    "pk/table.py": (r"concentration .*|area .*", "columns of the CSV"),
}


def test_what_is_said_to_a_reader_is_translated() -> None:
    """A message written without the catalogue fails here, or says above why nobody is told it."""
    bare = [
        f"{name}:{line}: {text}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for name in [path.relative_to(PACKAGE).as_posix()]
        for line, text in bare_messages(path)
        if not any(
            name.startswith(place) and re.fullmatch(texts, text, re.DOTALL)
            for place, (texts, _why) in SPELLED_FOR_PROGRAMS.items()
        )
    ]

    assert bare == []


def test_nothing_hides_the_translator() -> None:
    """`_` of the catalogue is not bound to something else in a function that speaks."""
    hidden = [f"{path}:{line}" for path in PACKAGE.rglob("*.py") for line in hidden_translators(path)]

    assert hidden == []


def test_the_search_for_bare_messages_bites() -> None:
    """It finds a planted one, in an error and beside one that is translated."""
    planted = PACKAGE / "language" / "planted.py"
    source = 'def f(x):\n    raise UsageError(f"`{x}` is not known")\n'

    assert [text for _line, text in bare_texts(source, planted)] == ["`{}` is not known"]
    assert list(bare_texts(source.replace('f"`{x}`', '_("x').replace('known")', 'known"))'), planted)) == []


def test_every_word_that_a_fact_may_hold_can_be_said() -> None:
    """A new word of a field, a level, a class or a unit of time stands among those that are translated."""
    library = load_knowledge()
    words = {word for fact in library.facts.plain.values() if not fact.names for word in fact.values}
    words |= {level for finding in library.findings.values() for level in finding.levels}
    words |= {*library.classes}
    words |= {word for t in library.therapies.values() for word in (t.evidence_level, *t.status.values())}
    spelled = {word.replace("_", " ") for word in words}
    language = {word for word in spelled if re.fullmatch(r"[a-z][a-z0-9]+( [a-z0-9]+)*", word)}
    units = {fact.unit for fact in library.facts.values() if re.fullmatch(r"[a-z-]{4,}", fact.unit)}

    assert language - WORDS == set()
    assert units - UNITS - {"mmol"} == set()


def test_every_text_of_the_knowledge_has_its_german() -> None:
    """In every file below knowledge/ and rules/."""
    found = [problem.render() for each in read_knowledge().values() for problem in untranslated(each)]

    assert found == []


# -- nothing English is left


def words_of(text: str) -> str:
    return " ".join(text.casefold().split())


@cache
def english_texts() -> tuple[str, ...]:
    """What an English reader is told in three words or more, from the code and from the knowledge."""
    told: set[str] = set()
    for message in messages().values():
        for english, german_text in pairs(message):
            told |= {words_of(part) for part in re.split(PLACEHOLDER, english) if part not in german_text}
    for each in read_knowledge().values():
        told |= _said_otherwise(spoken(each, "en").root, spoken(each, "de").root)
    return tuple(sorted(text for text in told if len(re.findall(r"[a-z]{2,}", text)) >= 3))


def _said_otherwise(english: Node, german_node: Node) -> set[str]:
    """The English texts that have another text in their place in German."""
    if isinstance(english, Scalar):
        told = words_of(german_node.text) if isinstance(german_node, Scalar) else ""
        return set() if words_of(english.text) in told else {words_of(english.text)}
    if isinstance(english, Sequence) and isinstance(german_node, Sequence):
        both = zip(english.items, german_node.items, strict=False)
        return {text for one, other in both for text in _said_otherwise(one, other)}
    if isinstance(english, Mapping) and isinstance(german_node, Mapping):
        rows = [(value, german_node.get(key.text)) for key, value in english.entries]
        return {text for one, other in rows if other is not None for text in _said_otherwise(one, other)}
    return set()


def english_in(told: str) -> list[str]:
    """The English texts that stand in what a German reader is told, beside the titles of the sources."""
    plain = "\n".join({words_of(line) for line in told.splitlines()})  # each line once: it is long enough
    for citation in citations():
        plain = plain.replace(citation, "")
    return [text for text in english_texts() if text in plain]


@cache
def citations() -> tuple[str, ...]:
    return tuple(words_of(source.citation) for source in load_knowledge().evidence.values())


def german_assessment(path: Path, german: Library) -> Assessment:
    return assess(load_patient(path, german, today=TODAY), german)


def test_the_search_for_english_bites(library: Library) -> None:
    """The English report is full of it."""
    told = assess(load_patient(FILES[-1], library, today=TODAY), library)

    assert len(english_in(text_report(told, width=WIDE))) > 50
    assert len(english_texts()) > 3000


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_german_report_holds_no_english(path: Path, german: Library) -> None:
    """The whole report, each therapy in full, and the JSON."""
    told = german_assessment(path, german)
    reports = [text_report(told, width=WIDE), dumps(document(told))]
    reports += [text_report(told, therapy, width=WIDE) for therapy in german.therapies]

    assert english_in("\n".join(reports)) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_german_explanation_holds_no_english(path: Path, german: Library) -> None:
    """Of every therapy: each clause, each value, and what would settle it."""
    told = german_assessment(path, german)
    explained = "\n".join(explanation(told, therapy, width=WIDE) for therapy in german.therapies)

    assert english_in(explained) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("tis", str(FILES[-1])),
        ("check", str(FILES[-1])),
        ("pk", "teclistamab", "--weight", "74", "--population", "20"),
        ("pk", "igg", "--baseline", "10.5", "--format", "text"),
        ("new", "IMNM"),
        ("schema", "patient"),
        *((*command, "--help") for command in ((), ("assess",), ("check",), ("explain",), ("pk",), ("tis",))),
    ],
    ids=lambda arguments: " ".join(Path(one).name for one in arguments),
)
def test_a_command_in_german_holds_no_english(arguments: tuple[str, ...]) -> None:
    """`--lang de`, of the help too."""
    place = 0 if arguments == ("--help",) else 1
    result = CliRunner().invoke(cli, [*arguments[:place], "--lang", "de", *arguments[place:]])

    assert result.exit_code == 0
    assert english_in(result.output) == []


@pytest.mark.parametrize("path", PROBLEMS, ids=lambda path: path.stem)
def test_a_problem_is_the_same_in_german(path: Path, library: Library, german: Library) -> None:
    """Place and code stay, the message and the help are German."""
    refusals = []
    for each in (library, german):
        with pytest.raises(PatientRefused) as refused:
            load_patient(path, each, today=TODAY)
        refusals.append(refused.value)
    english, told = (sorted((p.at.line, p.at.column, p.code) for p in r.problems) for r in refusals)

    assert told == english
    assert english_in("\n".join(f"{p.message}\n{p.help}" for p in refusals[1].problems)) == []


BROKEN = {
    "rules/findings/heart.yaml": [("lvef_percent < ", "lvef_percentt < "), ("kind: finding", "kind: findng")],
    "rules/emergencies.yaml": [("because:", "becaus:")],
    "knowledge/fields.yaml": [("type: number", "type: nombre")],
}


def test_a_problem_of_the_knowledge_is_the_same_in_german(tmp_path: Path) -> None:
    """Place and code stay, also where a command works on the English texts."""
    folder = tmp_path / "base"
    for name in ("knowledge", "rules"):
        copytree(EXAMPLES.parent / name, folder / name)
    for path, edits in BROKEN.items():
        text = (folder / path).read_text(encoding="utf-8")
        for right, wrong in edits:
            assert right in text
            text = text.replace(right, wrong, 1)
        (folder / path).write_text(text, encoding="utf-8")
    documents = read_knowledge(folder)

    _library, english = assemble(documents)
    with speaking("de"):
        _library, german = assemble(documents)

    assert len(english) >= 4
    assert [(p.at, p.code) for p in german] == [(p.at, p.code) for p in english]
    assert english_in("\n".join(f"{p.message}\n{p.help}" for p in german)) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["--nosuch"],
        ["nosuch"],
        ["kb", "chek"],
        ["assess"],
        ["assess", "--formt", "text", "x"],
        ["assess", "-o"],
        ["assess", "--plain=1", "x"],
        ["kb", "check", "a"],
        ["kb", "check", "a", "b"],
        ["kb", "check", "--format", "xml"],
        ["kb", "docs", "-o", str(FILES[0])],
        ["pk", "teclistamab", "--weight", "x"],
        ["pk", "teclistamab", "--workers", "x"],
        ["pk", "teclistamab", "--population", "-3"],
        ["schema"],
        ["schema", "x"],
    ],
    ids=lambda arguments: " ".join(Path(one).name for one in arguments),
)
def test_a_wrong_command_line_is_told_in_german(arguments: list[str]) -> None:
    """What click found wrong, how the command is used, and where help is."""
    error = CliRunner().invoke(cli, arguments, standalone_mode=False).exception

    assert isinstance(error, click.UsageError)
    with speaking("de"):
        told = complaint(error)
        assert said_again(error.format_message()) != error.format_message()
    assert english_in(told) == []
    assert "Fehler: " in told


@pytest.mark.parametrize(
    ("arguments", "language"),
    [
        (["assess", "--nosuch", "--lang", "de"], "de"),
        (["--lang=de", "assess"], "de"),
        (["--lang", "fr", "assess"], "en"),
        (["assess", "--", "--lang", "de"], "en"),
        (["assess", "--lang"], "en"),
    ],
)
def test_the_language_of_a_wrong_command_line(arguments: list[str], language: str) -> None:
    """It is what the line asks for, also behind the fault."""
    assert language_asked_for(arguments) == language


# -- what stays as it is


def keys_and_names(value: object, key: str = "") -> object:
    """A report with its keys, numbers, truths and the words of the contract; other texts are left out."""
    if isinstance(value, dict):
        return {name: keys_and_names(item, name) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [keys_and_names(item, key) for item in value]
    named = {"therapy", "verdict", "rule", "fact", "counts_as", "basis", "scope", "kind", "id", "digest"}
    return value if not isinstance(value, str) or key in named else "text"


def test_names_of_the_contract_stay(german: Library, library: Library) -> None:
    """Keys, ids, verdicts, facts and numbers of the JSON are no language."""
    path = EXAMPLES / "mda5-emergency.yaml"
    english = document(assess(load_patient(path, library, today=TODAY), library))

    told = document(german_assessment(path, german))

    assert keys_and_names(told) == keys_and_names(english)


def test_numbers_in_a_german_text_have_a_decimal_comma(german: Library) -> None:
    """4.2 mg is 4,2 mg for a German reader, and a number in JSON for a program."""
    told = german_assessment(EXAMPLES / "refractory-antisynthetase.yaml", german)

    assert "0,06 mg/kg = 4,2 mg s.c." in text_report(told, width=WIDE)
    assert '"mg": 4.2,' in dumps(document(told))
    with speaking("de"):
        assert figure(0.5, "g") == "0,5"
    assert figure(0.5, "g") == "0.5"


def test_english_is_what_it_was_before_anybody_spoke_german(library: Library) -> None:
    """One process, English, German, English again: the same bytes."""
    path = FILES[0]

    def told() -> str:
        return text_report(assess(load_patient(path, library, today=TODAY), library))

    before = told()
    german_report = text_report(german_assessment(path, load_knowledge(language="de")))

    assert told() == before != german_report


# -- who speaks which language, and when


def test_a_fact_that_is_asked_for_later_speaks_the_language_of_its_library(german: Library) -> None:
    """Facts and reasons are worked out when they are looked at, long after the assessment."""
    told = german_assessment(EXAMPLES / "refractory-antisynthetase.yaml", german)

    because = told.reasons.facts["therapy.abatacept.given"].because

    assert because == "Abatacept steht nicht in der Vorgeschichte"


def test_two_threads_with_two_languages_do_not_mix(library: Library, german: Library) -> None:
    """Each is told what it would be told alone, every time."""
    path = FILES[0]

    def told(speaks: Library) -> str:
        return text_report(assess(load_patient(path, speaks, today=TODAY), speaks))

    alone = {speaks.language: told(speaks) for speaks in (library, german)}
    at_once = Barrier(2)

    def many(speaks: Library) -> bool:
        at_once.wait()
        return all(told(speaks) == alone[speaks.language] for _ in range(10))

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(many, (library, german))) == [True, True]


def test_the_environment_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same command gives the same bytes on a German machine."""
    arguments = ["assess", str(FILES[0]), "--as-of", TODAY.isoformat()]
    here = CliRunner().invoke(cli, arguments).output
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.setenv(name, "de_DE.UTF-8")

    assert CliRunner().invoke(cli, arguments).output == here


def test_a_command_leaves_no_language_behind() -> None:
    """The next one in the same process is English again."""
    german_help = CliRunner().invoke(cli, ["assess", "--lang", "de", "--help"]).output
    english_help = CliRunner().invoke(cli, ["assess", "--help"]).output

    assert "Aufruf: " in german_help
    assert "Usage: " in english_help


def test_both_languages_are_one_knowledge_base(library: Library, german: Library) -> None:
    """The same digest, the same rules, each from a cache of its own."""
    assert german.digest == library.digest
    assert [rule.id for rule in german.rules] == [rule.id for rule in library.rules]
    assert (german.language, library.language) == ("de", "en")
    assert (load_knowledge(language="de").language, load_knowledge().language) == ("de", "en")


@pytest.mark.parametrize("name", ["Glukokortikoide", "glucocorticoids", "Prednisolon"])
def test_a_drug_may_be_named_in_either_language(
    name: str, variant: Callable[..., Assessment], german: Library, tmp_path: Path
) -> None:
    """In a file that is read in either language."""
    file = tmp_path / "patient.yaml"
    file.write_text(f"schema: escalate/patient/v1\nid: a\ntherapies: [{{drug: {name}, response: none}}]\n")

    for each in (german, load_knowledge()):
        (line,) = load_patient(file, each, today=TODAY).therapies or ()
        assert line.drug == "glucocorticoids"
