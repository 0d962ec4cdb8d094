"""Files that nobody vouches for: read within bounds, or refused with a place and plain words."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalate.files.safe_bytes import SIZE_LIMIT
from escalate.files.yaml_reader import read_document, read_raw, read_text
from escalate.nodes import Document, Mapping, Scalar, Sequence
from escalate.problems import KnowledgeRefused, PatientRefused, Problem

SECONDS = 5.0  # of CPU; each case takes well under one


def problems(content: str | bytes, file: str = "p.yaml") -> tuple[Problem, ...]:
    """What is wrong with a content, found in bounded time."""
    raw = content.encode() if isinstance(content, str) else content
    started = time.process_time()
    with pytest.raises(PatientRefused) as refused:
        read_raw(raw, file, PatientRefused)
    assert time.process_time() - started < SECONDS
    return refused.value.problems


def places(content: str | bytes) -> list[str]:
    """`LINE:COLUMN code` of each problem."""
    return [f"{p.at.line}:{p.at.column} {p.code}" for p in problems(content)]


def root(content: str, file: str = "p.yaml") -> Mapping:
    """The mapping at the root of a content that reads well."""
    node = read_text(content, file, PatientRefused).root
    assert isinstance(node, Mapping)
    return node


def test_scalars_stay_the_text_of_the_file() -> None:
    """What YAML would turn into booleans, titres in base 60, octals and dates stays text."""
    node = root("a: no\nb: 1:40\nc: 010\nd: 1e3\ne: 2020-01-01\nf: 1_000\ng: ~\nh: .nan\n")

    assert [v.text for _, v in node.entries if isinstance(v, Scalar)] == [
        "no", "1:40", "010", "1e3", "2020-01-01", "1_000", "~", ".nan",
    ]  # fmt: skip


def test_every_value_has_its_place() -> None:
    """Line and column count from 1; the end column is that of the same line."""
    node = root("heart:\n  echo: {lvef_percent: 44, date: '2026-01-02'}\n")
    heart = node.get("heart")
    echo = heart.get("echo") if isinstance(heart, Mapping) else None
    lvef = echo.get("lvef_percent") if isinstance(echo, Mapping) else None

    assert isinstance(lvef, Scalar)
    assert (lvef.at.line, lvef.at.column, lvef.at.end_column) == (2, 24, 26)


def test_quotes_are_told_from_plain_text() -> None:
    """A quoted word is not plain."""
    node = root("a: null\nb: 'null'\nc: |\n  null\n")

    assert [v.plain for _, v in node.entries if isinstance(v, Scalar)] == [True, False, False]


def test_a_byte_order_mark_is_accepted() -> None:
    """UTF-8 with a mark reads like UTF-8 without."""
    document = read_raw(b"\xef\xbb\xbfid: M\xc3\xbcller\n", "p.yaml", PatientRefused)

    assert document.lines == ("id: Müller",)


def test_json_is_accepted() -> None:
    """Tabs between values, escaped slashes and characters beyond the first plane are JSON."""
    node = root('{\n\t"id": "a\\/b \\ud83d\\ude00",\n\t"n": [1, 2.5]\n}', "p.json")
    name, numbers = node.get("id"), node.get("n")

    assert isinstance(name, Scalar)
    assert name.text == "a/b \N{GRINNING FACE}"
    assert isinstance(numbers, Sequence)


def test_the_digest_is_that_of_the_bytes() -> None:
    """The same bytes have the same SHA-256 whatever the name."""
    first = read_raw(b"a: 1\n", "a.yaml", PatientRefused)

    assert first.sha256 == read_raw(b"a: 1\n", "b.yaml", PatientRefused).sha256
    assert first.sha256 != read_raw(b"a: 1 \n", "a.yaml", PatientRefused).sha256


@pytest.mark.parametrize("content", ["", "\n\n", "# only a comment\n", "~\n", "---\n...\n"])
def test_an_empty_file_is_refused(content: str) -> None:
    """Nothing at all is not a patient about whom nothing is known."""
    assert places(content) == ["1:1 empty-file"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a: 1\n---\nb: 2\n", "2:1 two-documents"),
        ("a: 1\nb: 2\na: 3\n", "3:1 duplicate-key"),
        ("a: {b: 1, b: 2}\n", "1:11 duplicate-key"),
        ("a: &x 1\n", "1:4 anchor"),
        ("a: {<<: {b: 1}}\n", "1:5 merge-key"),
        ("!!python/object:os.system [a]\n", "1:1 tag"),
        ("a: ! b\n", "1:4 tag"),
        ("{[a]: 1}\n", "1:2 not-a-key"),
        ('"": 1\n', "1:1 not-a-key"),
        ("a:\n\tb: 1\n", "2:1 not-yaml"),
        ("a: 1\n b: 2\n", "2:3 not-yaml"),
        ("a: [1, 2\n", "2:1 truncated"),
        ('a: "x', "1:6 truncated"),
        ("{a: 1", "2:1 truncated"),
        ("[]\n[]\n", "2:1 not-yaml"),
        ("a: \x1b[31m\n", "1:4 control-character"),
        ("a: 1\nb: x\0y\n", "2:5 control-character"),
        ("a: \x85\n", "1:4 control-character"),
        (b"a: 1\nb: M\xe4rz\n", "2:5 not-utf-8"),
        (b"PK\x03\x04\x14\x00", "1:1 not-text"),
        (b"%PDF-1.7\n", "1:1 not-text"),
        (b"{\\rtf1\\ansi schema: x}", "1:1 not-text"),
        ("a: 1\n".encode("utf-16"), "1:1 not-utf-8"),
    ],
)
def test_what_is_refused_says_where(content: str | bytes, expected: str) -> None:
    """Each kind of bad file has a code and a place."""
    assert expected in places(content)


def test_a_duplicate_key_names_both_lines() -> None:
    """The place is that of the second, the message names the first."""
    (problem,) = problems("age: 1\nsex: female\nage: 2\n")

    assert problem.at.line == 3
    assert "first on line 1" in problem.message


def test_aliases_are_not_followed() -> None:
    """A recursive anchor and an alias are named where they stand, and nothing is built from them."""
    assert places("&a [*a]\n") == ["1:1 anchor", "1:5 alias"]


def test_all_problems_are_said_at_once() -> None:
    """Tags, anchors and duplicates of one file come together, by place."""
    assert places("a: !x 1\na: 2\nb: &y 3\n") == ["1:4 tag", "2:1 duplicate-key", "3:4 anchor"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("[" * 200_000, "too-deep"),
        ("{" * 200_000, "too-deep"),
        ("{a: " * 100_000, "too-deep"),
        ("- " * 100_000, "too-deep"),
        ("? " * 100_000, "too-deep"),
        ("[[]," * 100_000, "too-deep"),
        ("".join(" " * n + "a:\n" for n in range(1900)), "too-deep"),
        ("- a\n" * 400_000, "too-many-values"),
        ("a: 1\n" * 300_000, "too-many-problems"),
        ("a: &a [1]\n" + "".join(f"k{n}: &k{n} [*a, *a]\n" for n in range(20_000)), "too-many-problems"),
        ("x" * 10_000_000, "file-too-large"),
        ('"' + "x" * 1_900_000, "truncated"),
        ("#" * 1_900_000, "empty-file"),
        ("k" * 1_900_000 + ": 1", "not-yaml"),
    ],
    ids=lambda v: v if len(v) < 20 else f"{v[:12]!r}...",
)
def test_hostile_files_are_refused_in_bounded_time(content: str, code: str) -> None:
    """What exhausts or kills a loader costs less than seconds here."""
    found = problems(content)

    assert code in {p.code for p in found}
    assert len(found) <= 101
    assert all(len(p.render()) < 1000 for p in found)


def test_sixty_levels_are_enough_and_sixty_one_are_not() -> None:
    """The limit itself."""
    read_text("[" * 60 + "]" * 60, "p.yaml", PatientRefused)

    assert places("[" * 61 + "]" * 61) == ["1:61 too-deep"]


def test_the_size_limit_is_exact(tmp_path: Path) -> None:
    """A file of the limit is read, one byte more is refused."""
    path = tmp_path / "p.yaml"
    path.write_bytes(b"a: 1\n" + b" " * (SIZE_LIMIT - 5))
    assert isinstance(read_document(path, PatientRefused), Document)

    path.write_bytes(b"a: 1\n" + b" " * (SIZE_LIMIT - 4))
    with pytest.raises(PatientRefused, match="file-too-large"):
        read_document(path, PatientRefused)


def _limits() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (1_000_000_000, 1_000_000_000))


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("fifo", "not-a-file"),
        ("folder", "not-a-file"),
        ("/dev/zero", "not-a-file"),
        ("/dev/full", "not-a-file"),
        ("missing", "no-such-file"),
        ("brackets", "too-deep"),
        ("link to a fifo", "not-a-file"),
    ],
)
def test_only_regular_files_are_opened(kind: str, code: str, tmp_path: Path) -> None:
    """A pipe does not make it wait, a device does not fill the memory; in a process with limits."""
    path = Path(kind) if kind.startswith("/") else tmp_path / "p.yaml"
    if "fifo" in kind:
        os.mkfifo(tmp_path / "pipe")
        path.symlink_to(tmp_path / "pipe")
    elif kind == "folder":
        path.mkdir()
    elif kind == "brackets":
        path.write_text("[" * 200_000)
    program = (
        "import sys\n"
        "from escalate.files.yaml_reader import read_document\n"
        "from escalate.problems import PatientRefused\n"
        "try:\n    read_document(sys.argv[1], PatientRefused)\n"
        "except PatientRefused as refused:\n    print(refused)\n    sys.exit(3)\n"
    )

    run = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=_limits,
        cwd=Path(__file__).parents[1],
        check=False,
    )

    assert run.returncode == 3, run.stderr
    assert f": {code}: " in run.stdout
    assert run.stderr == ""


def test_a_name_with_a_null_byte_is_no_file() -> None:
    """Even the name of the file may be hostile."""
    with pytest.raises(PatientRefused, match="unreadable-file"):
        read_document("a\0b", PatientRefused)


def test_the_caller_says_whose_fault_it_is() -> None:
    """A fault in the knowledge base is a different error from one in a patient file."""
    with pytest.raises(KnowledgeRefused):
        read_text("", "rules.yaml", KnowledgeRefused)


def test_an_error_line_carries_no_control_character() -> None:
    """Terminals obey escape sequences; what is printed about a file must not hold one."""
    text = "\n".join(p.render() for p in problems('"a\\e[31m": 1\n"a\\e[31m": 2\n', "p\x1b.yaml"))

    assert "\x1b" not in text


YAML_SIGNS = "ab: -[]{}&*!|>'\"#%@,?\n\t<~0\\"


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300) | st.text(alphabet=YAML_SIGNS, max_size=120).map(str.encode))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    """No content raises anything but the refusal, and every refusal has a place inside the file."""
    found: tuple[Problem, ...] | Document
    try:
        found = read_raw(raw, "p.yaml", PatientRefused)
    except PatientRefused as refused:
        found = refused.problems

    assert found
    assert isinstance(found, Document) or all(p.at.line >= 1 and p.at.column >= 1 for p in found)


@pytest.mark.parametrize(
    ("text", "place", "help"),
    [
        ("schema: a\nid:my-case\nassessed_on: 2\n", (2, 4), "write `id: my-case`"),
        ("id:my-case\nassessed_on: 2\n", (1, 4), "write `id: my-case`"),
        ("lung:\n  ild:true\n\n  fvc: 3\n", (2, 7), "write `ild: true`"),
    ],
)
def test_a_colon_without_a_space_is_named_on_its_own_line(
    text: str, place: tuple[int, int], help: str
) -> None:
    """The scanner complains about the line that follows."""
    with pytest.raises(PatientRefused) as refused:
        read_text(text, "p.yaml", PatientRefused)
    (problem,) = refused.value.problems

    assert ((problem.at.line, problem.at.column), problem.help) == (place, help)
    assert problem.message == "no space after the colon"
