"""Finding and reading the knowledge base, and the cache that must never change an answer."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pytest
from documents import KNOWLEDGE

from escalate.files import knowledge_base, knowledge_cache
from escalate.files.knowledge_base import load_knowledge, read_knowledge
from escalate.problems import KnowledgeRefused


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A knowledge base in a folder, with a cache folder of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root = tmp_path / "base"
    for name, text in KNOWLEDGE.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
    return root


def caches(folder: Path) -> list[Path]:
    return sorted((folder.parent / "cache" / "escalate").glob("knowledge-*.json"))


def no_yaml(*args: object) -> None:
    raise AssertionError("the YAML files were read")


def test_the_second_load_reads_the_cache_and_gives_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """JSON in place of YAML, the same Library."""
    first = load_knowledge(folder)
    monkeypatch.setattr(knowledge_base, "_documents", no_yaml)

    assert load_knowledge(folder) == first
    assert len(caches(folder)) == 1


def test_a_changed_file_is_read_again(folder: Path) -> None:
    """The cache is named by what it was made from."""
    before = load_knowledge(folder)
    rules = folder / "rules" / "rules.yaml"
    rules.write_text(rules.read_text().replace("< 50", "< 45"))
    after = load_knowledge(folder)

    assert before.digest != after.digest
    assert before.rules[0].when != after.rules[0].when


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: b"",
        lambda text: text[: len(text) // 2],
        lambda text: text.replace(b"< 50", b"< 10").replace(b'"50"', b'"10"'),
        lambda text: b"\x80\x04.",
        lambda text: b"[" * 100_000,
    ],
    ids=["empty", "torn", "edited", "a pickle", "deep"],
)
def test_a_damaged_cache_is_not_believed(folder: Path, damage: object) -> None:
    """The YAML files decide, and the cache is written anew."""
    first = load_knowledge(folder)
    (cache,) = caches(folder)
    good = cache.read_bytes()
    cache.write_bytes(damage(good))  # type: ignore[operator]

    assert load_knowledge(folder) == first
    assert cache.read_bytes() == good


def test_a_cache_of_another_shape_is_not_believed(folder: Path) -> None:
    """Even with the right checksum."""
    import hashlib

    first = load_knowledge(folder)
    (cache,) = caches(folder)
    for content in (
        {},
        [],
        {"rails": 3},
        {**json.loads(cache.read_bytes().partition(b"\n")[2]), "rules": [[1]]},
    ):
        text = json.dumps(content).encode()
        cache.write_bytes(hashlib.sha256(text).hexdigest().encode() + b"\n" + text)

        assert load_knowledge(folder) == first


def test_an_unwritable_cache_folder_changes_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file stands where the folder should be: the answer is the same."""
    first = load_knowledge(folder)
    blocked = folder.parent / "blocked"
    blocked.write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))

    assert load_knowledge(folder) == first


def test_a_user_without_a_home_has_no_cache(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container without one."""

    def homeless() -> Path:
        raise RuntimeError("no home")

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", homeless)

    assert knowledge_cache.cache_folder() is None
    assert load_knowledge(folder).version == "1.0.0"


def test_old_caches_are_forgotten(folder: Path) -> None:
    """A folder that grows for ever is nobody's wish."""
    version = folder / "knowledge" / "version.yaml"
    for number in range(9):
        version.write_text(f"version: '1.0.{number}'")
        load_knowledge(folder)

    assert len(caches(folder)) == 8


def test_places_are_named_relative_to_the_knowledge(folder: Path) -> None:
    """A checkout and an installed wheel say the same."""
    assert {rule.at.file for rule in load_knowledge(folder).rules} == {"rules/rules.yaml"}
    assert "rules/rules.yaml" in read_knowledge(folder)


def test_a_folder_without_knowledge_is_refused(tmp_path: Path) -> None:
    """And says which folder it looked for."""
    with pytest.raises(KnowledgeRefused) as refused:
        load_knowledge(tmp_path)

    assert [p.code for p in refused.value.problems] == ["missing-folder", "missing-folder"]


def test_every_unreadable_file_is_named(folder: Path) -> None:
    """All problems of form at once, before anything is judged."""
    (folder / "rules" / "rules.yaml").write_text("- id: [")
    (folder / "knowledge" / "ladder.yaml").write_text("a: 1\na: 2\n")
    with pytest.raises(KnowledgeRefused) as refused:
        load_knowledge(folder)

    assert {p.at.file for p in refused.value.problems} == {"rules/rules.yaml", "knowledge/ladder.yaml"}


def test_the_shipped_knowledge_is_found() -> None:
    """In a checkout beside the package."""
    assert "knowledge/fields.yaml" in read_knowledge()
