"""What if a field held another value: what is put in, what is refused, and what is read of it again."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalate import assess
from escalate.files.what_if import WhatIfRefused, change_of, changed_bytes, patient_with
from escalate.files.yaml_reader import read_raw, read_text
from escalate.files.yaml_text import yaml_text
from escalate.library.model import Library
from escalate.nodes import Mapping, Node, Scalar, Sequence
from escalate.options.verdict import Verdict
from escalate.patient.model import Patient
from escalate.problems import PatientRefused, Span, UsageError

ROOT = Path(__file__).parent.parent
COMPLETE = ROOT / "examples" / "refractory-antisynthetase.yaml"
RAW = COMPLETE.read_bytes()
TODAY = date(2026, 10, 12)


def changed(library: Library, *changes: tuple[str, str], raw: bytes = RAW) -> Patient:
    return patient_with(raw, "patient.yaml", library, changes, today=TODAY)


def plain(node: Node) -> Any:
    """A tree without its places."""
    if isinstance(node, Scalar):
        return node.text or ("null" if node.plain else ""), node.plain
    if isinstance(node, Mapping):
        return {key.text: plain(value) for key, value in node.entries}
    return [plain(item) for item in node.items]


def test_a_changed_value_decides_as_if_it_stood_in_the_file(library: Library) -> None:
    """LVEF 44 closes the engager, unknown makes it a question, 62 leaves it open."""
    verdicts = [
        assess(changed(library, ("heart.echo.lvef_percent", value)), library).option("teclistamab").verdict
        for value in ("44", "unknown", "62")
    ]

    assert verdicts == [Verdict.EXCLUDED, Verdict.DATA_NEEDED, Verdict.PROPOSE]


def test_a_supposed_value_does_not_carry_the_day_of_the_one_that_it_replaces(library: Library) -> None:
    """On a page it is supposed; what stands in the file keeps its day."""
    from escalate.report.html import html_report

    page = html_report(assess(changed(library, ("heart.echo.lvef_percent", "44")), library))

    assert "LVEF: 44 % (supposed), below 45 %" in page
    assert "LVEF: 44 % (5 October 2026)" not in page


def test_without_a_change_the_patient_is_that_of_the_file(library: Library) -> None:
    """The same values and the same digest."""
    assert changed(library) == patient_with(RAW, "patient.yaml", library, [], today=TODAY)
    assert changed(library).value("heart.echo.lvef_percent") == 62


def test_the_changed_file_reads_as_the_changed_patient(library: Library) -> None:
    """What is exported gives the same values, and its digest is the one the assessment names."""
    change = [
        ("heart.echo.lvef_percent", "44"),
        ("labs.igg_g_per_l", "null"),
        ("antibodies[MDA5].result", "positive"),
    ]
    patient = patient_with(RAW, "patient.yaml", library, change, today=TODAY)
    again = patient_with(
        changed_bytes(RAW, "patient.yaml", library, change), "p.yaml", library, [], today=TODAY
    )

    assert again.sha256 == patient.sha256
    assert {n: v.value for n, v in again.values.items()} == {n: v.value for n, v in patient.values.items()}
    assert [(a.name, a.result) for a in again.antibodies or ()][-1] == ("MDA5", "positive")


@pytest.mark.parametrize("path", sorted((ROOT / "examples").rglob("*.yaml")), ids=lambda p: p.stem)
def test_a_file_written_again_is_the_same_document(path: Path, library: Library) -> None:
    """Every text, every quote and every order; comments alone are gone."""
    raw = path.read_bytes()
    written = changed_bytes(raw, str(path), library, [])

    assert plain(read_raw(written, "a.yaml", PatientRefused).root) == plain(
        read_raw(raw, "a.yaml", PatientRefused).root
    )


AT = Span("a", 1, 1)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12)
SCALARS = st.builds(Scalar, TEXTS, st.just(AT), st.just(False))
NODES = st.recursive(
    SCALARS,
    lambda inner: (
        st.builds(Sequence, st.lists(inner, max_size=3).map(tuple), st.just(AT))
        | st.builds(
            Mapping,
            st.dictionaries(st.from_regex(r"[a-z][a-z0-9_.]{0,8}", fullmatch=True), inner, max_size=3).map(
                lambda d: tuple((Scalar(k, AT), v) for k, v in d.items())
            ),
            st.just(AT),
        )
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(NODES)
def test_any_tree_written_is_read_again(node: Node) -> None:
    """Quotes, signs of YAML, blanks and other scripts in quoted texts."""
    read = read_text(yaml_text(Mapping(((Scalar("x", AT), node),), AT)), "a.yaml", PatientRefused).root

    def texts(of: Node) -> Any:
        if isinstance(of, Scalar):
            return of.text
        if isinstance(of, Mapping):
            return {key.text: texts(value) for key, value in of.entries}
        return [texts(item) for item in of.items]

    assert texts(read) == {"x": texts(node)}


@pytest.mark.parametrize(
    ("change", "said", "help"),
    [
        (("heart.echo.lvef_pct", "44"), "`heart.echo.lvef_pct` is not a field", "lvef_percent"),
        (("heart.echo.lvef_percent", "440"), "out-of-range", "accepted: 5 to 85 %"),
        (("heart.echo.lvef_percent", "many"), "not-a-number", ""),
        (("infection.active", "perhaps"), "unknown-value", "accepted: "),
        (("heart", "44"), "`heart` holds several fields", "heart.involvement"),
        (("heart_grade", "C1"), "derived-field: `heart_grade` follows from other fields", ""),
        (("therapies[99].dose", "1 g"), "no such entry, it has 7", "`therapies[0]` (prednisolone)"),
        (("therapies[prednisolone].dose", "1 g"), "2 entries of", "`therapies[0]`, `therapies[6]`"),
        (("therapies[0].dosis", "1 g"), "`therapies[0].dosis` is not a field", "dose"),
        (("antibodies[Jo-1].strenght", "weak"), "is not a field", "strength"),
        (("antibodies[FOO].result", "positive"), "unknown-name", ""),
        (("antibody_panel", "[Jo-1"), "truncated", ""),
        (("antibody_panel", "Jo-1"), "not-a-list", ""),
        (("id", "another"), "not-changed: `id`", ""),
        (("heart.nyha_class", "\x1b[31m"), "control-character", ""),
        (("heart.nyha_class", "&a 1"), "not-a-number", ""),
        (("antibody_panel", "[&a Jo-1]"), "anchor", ""),
    ],
)  # fmt: skip
def test_what_cannot_be_put_in_is_named(
    change: tuple[str, str], said: str, help: str, library: Library
) -> None:
    """The change itself is the excerpt; what is accepted, or the nearest name, is offered."""
    with pytest.raises(WhatIfRefused) as refusal:
        changed(library, change)
    (problem,) = refusal.value.problems

    assert said in problem.render()
    assert help in problem.help
    assert problem.at.file == "what-if"
    assert change[0] in problem.excerpt
    assert refusal.value.exit_status == 2


def test_an_old_value_that_does_not_go_with_the_new_one_names_the_change(library: Library) -> None:
    """The place is that of the old value in the file."""
    with pytest.raises(
        WhatIfRefused, match=r"patient\.yaml:\d+:\d+: out-of-range: with `muscle.mmt8_scale=80`"
    ):
        changed(library, ("muscle.mmt8_scale", "80"))


def test_one_field_is_changed_once(library: Library) -> None:
    """Two answers to one question are none."""
    with pytest.raises(WhatIfRefused, match="changed twice"):
        changed(library, ("heart.nyha_class", "1"), ("heart.nyha_class", "2"))


def test_a_file_that_is_refused_is_refused_for_itself(library: Library) -> None:
    """Its own problems come before any question."""
    with pytest.raises(PatientRefused) as refusal:
        changed(library, ("heart.nyha_class", "1"), raw=b"schema: escalate/patient/v1\n")

    assert not isinstance(refusal.value, WhatIfRefused)


def test_entries_of_lists(library: Library) -> None:
    """By number, by a name in any spelling, a new one behind the others, and taken away."""
    raw = b"schema: escalate/patient/v1\nid: a\ntherapies:\n- {drug: MMF, weeks: 3}\n- {drug: Rituximab}\n"
    patient = changed(
        library,
        ("therapies[mycophenolate].weeks", "30"),
        ("therapies[1].response", "none"),
        ("therapies[+]", "{drug: IVIG, weeks: 26}"),
        raw=raw,
    )
    gone = changed(library, ("therapies[0]", "unknown"), raw=raw)
    unknown = changed(library, ("therapies", "unknown"), raw=raw)

    assert [(t.drug, t.weeks, t.response) for t in patient.therapies or ()] == [
        ("mycophenolate", 30, None), ("rituximab", None, "none"), ("ivig", 26, None),
    ]  # fmt: skip
    assert [t.drug for t in gone.therapies or ()] == ["rituximab"]
    assert unknown.therapies is None


@pytest.mark.parametrize(
    "heart",
    [
        "heart: {echo: {lvef_percent: 60}}",
        "heart.echo: {lvef_percent: 60}",
        "heart.echo.lvef_percent: 60",
        "heart: unknown",
        "",
    ],
)
def test_nested_or_with_dots_or_absent(heart: str, library: Library) -> None:
    """The field is replaced where it stands, never given a second time."""
    raw = f"schema: escalate/patient/v1\nid: a\n{heart}\n".encode()
    patient = changed(library, ("heart.echo.lvef_percent", "44"), raw=raw)

    assert patient.value("heart.echo.lvef_percent") == 44


def test_json_takes_a_change_too(library: Library) -> None:
    """The changed file is YAML all the same."""
    raw = b'{"schema": "escalate/patient/v1", "id": "a", "heart": {"nyha_class": 1}}'
    patient = patient_with(raw, "a.json", library, [("heart.nyha_class", "3")], today=TODAY)

    assert patient.value("heart.nyha_class") == 3
    assert b"nyha_class: 3" in changed_bytes(raw, "a.json", library, [("heart.nyha_class", "3")])


@pytest.mark.parametrize("text", ["", "=", "=44", "heart.nyha_class", " =1"])
def test_what_is_no_change(text: str) -> None:
    """FIELD=VALUE, with a field."""
    with pytest.raises(UsageError, match="FIELD=VALUE"):
        change_of(text)


def test_a_value_may_hold_the_sign() -> None:
    """The first one divides."""
    assert change_of("note = a = b") == ("note", "a = b")
