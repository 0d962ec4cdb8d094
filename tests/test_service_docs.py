"""docs/http-api.md and docs/cds-hooks.md say what the service does: examples run, named tests exist."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from escalate.service.hooks.services import OVERRIDE_REASONS, SERVICES
from escalate.service.settings import Limits, Settings
from tests.helpers_service import BASE, ROOT, client

API = (ROOT / "docs" / "http-api.md").read_text(encoding="utf-8")
HOOKS = (ROOT / "docs" / "cds-hooks.md").read_text(encoding="utf-8")
TESTS = re.findall(r"`(tests/\w+\.py)::(\w+)`", HOOKS)


def examples(text: str) -> list[tuple[list[str], dict[str, Any]]]:
    """Each `curl` of a document with what is said to be in its answer."""
    found: list[tuple[list[str], dict[str, Any]]] = []
    for language, block in re.findall(r"```(\w+)\n(.*?)```", text, re.DOTALL):
        if language == "sh":
            found += [(shlex.split(line)[1:], {}) for line in block.splitlines() if line.startswith("curl ")]
        elif language == "json" and found:
            found[-1] = (found[-1][0], json.loads(block))
    return found


def asked(service: Any, words: list[str]) -> Any:
    """The request that `curl` would make of these words."""
    url = next(word for word in words if word.startswith(BASE))
    headers = dict(words[i + 1].split(": ", 1) for i, word in enumerate(words) if word == "-H")
    bodies = [words[i + 1] for i, word in enumerate(words) if word in ("-d", "--data-binary")]
    if not bodies:
        return service.get(url, headers=headers)
    body = (ROOT / bodies[0][1:]).read_bytes() if bodies[0].startswith("@") else bodies[0].encode()
    return service.post(url, content=body, headers=headers)


def contains(whole: Any, part: Any) -> bool:
    """Whether an answer holds what is said of it; an empty list stands for any."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(
            key in whole and contains(whole[key], part[key]) for key in part
        )
    return isinstance(whole, list) if part == [] else bool(whole == part)


def test_the_examples_of_the_api_run(tmp_path: Path):
    """In their order, with a decision log: each answers what is said beside it."""
    shown = examples(API)
    with client(Settings(log_url=f"sqlite:///{tmp_path}/log.db", reload_seconds=0)) as service:
        for words, expected in shown:
            answer = asked(service, words)
            assert answer.status_code == expected.get("status", answer.status_code), answer.text
            assert answer.status_code < 400 or "status" in expected, (words, answer.text)
            assert not expected or contains(answer.json(), expected), (words, answer.text[:500])

    assert len(shown) == 6


def test_the_examples_of_cds_hooks_run():
    """Discovery answers the services that the page names."""
    with client() as service:
        ids = {one["id"] for one in asked(service, examples(HOOKS)[0][0]).json()["services"]}

    assert ids == set(SERVICES)
    assert all(f"`{one}`" in HOOKS for one in ids)


def test_every_address_is_named():
    """What the OpenAPI document describes stands in the table."""
    with client() as service:
        paths = service.get("/openapi.json").json()["paths"]
    for path in paths:
        if not path.startswith("/cds-services"):
            assert re.sub(r"\{\w+\}", "ID", path) in API, path


@pytest.mark.parametrize(("file", "name"), sorted(set(TESTS)))
def test_a_test_that_is_named_exists(file: str, name: str):
    """The table of requirements points at tests that are there."""
    assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8")


def test_every_requirement_has_its_test():
    """One test in each line of the table."""
    table = HOOKS.split("## What the specification asks of a service")[1]
    lines = [line for line in table.splitlines() if line.startswith("| ") and "---" not in line][1:]

    assert len(lines) > 40
    assert all(len(re.findall(r"`tests/\w+\.py::\w+`", line)) == 1 for line in lines)


def test_codes_and_limits_are_those_of_the_service():
    """Every code of a problem stands in the table, and the limits are the ones that hold."""
    code = r'Refusal\(\s*\d+,\s*"([a-z-]+)"'
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "escalate" / "service").rglob("*.py")]
    given = {
        found
        for path, text in zip((ROOT / "escalate" / "service").rglob("*.py"), sources, strict=True)
        if "page" not in path.parts
        for found in re.findall(code, text)
    }

    assert {one for one in given if f"`{one}`" not in API} == set()
    assert Limits().body_bytes == 10_000_000
    assert Limits().seconds == 30
    assert len(OVERRIDE_REASONS) == 6
