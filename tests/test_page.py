"""The page of a conference without a browser: its forms, its headers, what it refuses and what it keeps."""

from __future__ import annotations

import base64
import gc
import hashlib
import html
import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path

import pytest
from httpx import Response
from starlette.testclient import TestClient

from escalate import assess, load_knowledge
from escalate.files.decision_log.chain import plain
from escalate.files.decision_log.source import stored_rows
from escalate.files.decision_log.verify import tamperings
from escalate.files.example import example_bytes
from escalate.files.patient_file import patient_of
from escalate.files.safe_bytes import SIZE_LIMIT
from escalate.files.yaml_reader import read_raw
from escalate.language.words import say_unit
from escalate.library.model import Library
from escalate.patient.fields import LISTS, fields_of
from escalate.problems import PatientRefused
from escalate.report.record import verdict_record
from escalate.service.page import guard
from escalate.service.page.controls import Control, Entries, form
from escalate.service.page.given import Given, given_in, text_of
from escalate.service.page.sections import sections
from escalate.service.settings import Limits, Settings
from escalate.texts import speaking
from tests.conftest import EXAMPLES, TODAY
from tests.helpers_page import HOSTILE, RAW, hostile_patient, recorded
from tests.helpers_service import BASE, client

HTMX_SHA256 = (
    "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"  # dist/htmx.min.js of htmx.org 4.0.1
)
SHORT = b"schema: escalate/patient/v1\nid: short case\ndiagnosis: {entity: dermatomyositis}\n"
CARRIED = base64.b64encode(RAW).decode()
OWN = {"Origin": BASE}
Post = Callable[..., Response]
BLOCKS_OF_AN_ASSESSMENT = 2_000


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('page') / 'decisions.db'}"


@pytest.fixture(scope="module")
def service(log: str) -> Iterator[TestClient]:
    with client(Settings(log_url=log, reload_seconds=0)) as one:
        yield one


@pytest.fixture(scope="module")
def post(service: TestClient) -> Post:
    """One form of the page about the complete example."""

    def send(page: str, **fields: str) -> Response:
        stated = {"patient": CARRIED, "name": "patient.yaml", **fields}
        return service.post(f"/page/{page}", data=stated, headers=OWN, follow_redirects=False)

    return send


def words(answer: Response) -> str:
    """The text of a page, blanks joined."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


# -- the form is the schema -----------------------------------------------------------------------


def test_every_field_has_its_place_in_the_form(library: Library):
    """In one section, and in none of the rest: a new field is placed on purpose."""
    fields = fields_of(library)
    placed = [name for _id, _title, names in sections(fields.names) for name in names]

    assert sorted(placed) == sorted({*fields.facts, *LISTS} - {"schema"})
    assert "other" not in [id for id, _title, _names in sections(fields.names)]


def test_every_control_says_its_unit_and_what_it_takes(library: Library):
    """A number is never asked for without its unit and its range."""
    controls = [part for section in form(Given(), library) for part in section.parts]
    plain_ones = {part.name[2:]: part for part in controls if isinstance(part, Control)}
    lists = [part for part in controls if isinstance(part, Entries)]

    assert {part.name for part in lists} == set(LISTS)
    for name, fact in fields_of(library).facts.items():
        if fact.kind in ("number", "integer"):
            assert plain_ones[name].unit == say_unit(fact.unit)
            assert f"{fact.low:f}" in plain_ones[name].takes
            assert f"{fact.high:f}" in plain_ones[name].takes


def test_the_form_speaks_german():
    """Labels, sections and words; no English section is left."""
    library = load_knowledge(language="de")
    with speaking("de"):
        titles = {section.id: section.title for section in form(Given(), library)}

    assert titles["heart"] == "Herz"
    assert titles["therapies"] == "Therapielinien"


@pytest.mark.parametrize("path", sorted(EXAMPLES.rglob("*.yaml")), ids=lambda path: path.stem)
def test_a_file_is_the_same_patient_after_the_form(path: Path, library: Library):
    """Shown in the form and written again: every value is there, so the verdicts are the same."""
    raw = path.read_bytes()
    given, left_out = given_in(read_raw(raw, "patient.yaml", PatientRefused), library)
    again = patient_of(text_of(given, library).encode(), "patient.yaml", library, today=TODAY)
    before = patient_of(raw, "patient.yaml", library, today=TODAY)

    assert left_out == ()
    assert {n: v.given for n, v in again.values.items()} == {n: v.given for n, v in before.values.items()}
    assert verdict_record(assess(again, library)) == verdict_record(assess(before, library))


@pytest.mark.parametrize(
    "text",
    ["yes: no", "- a", "#", "'", '"', "a\nb", "a\n\nb:\n", "{x", "null", "~", "1_0", "%", "@", "*a", "!t"],
)
def test_any_text_comes_back_from_the_form(text: str, library: Library):
    """What YAML would read otherwise is quoted; what a person wrote is what the file holds."""
    given = Given(
        {"id": "x", "note": f"{text} x"}, {}, {"therapies": ({"drug": "MMF", "note": f"{text} x"},)}
    )
    again, left_out = given_in(
        read_raw(text_of(given, library).encode(), "patient.yaml", PatientRefused), library
    )

    assert left_out == ()
    assert again.values["note"] == f"{text} x"
    assert again.rows["therapies"][0]["note"] == f"{text} x"


def test_a_number_known_by_its_bounds_comes_back_from_the_form(library: Library):
    """As a person writes it into the box, and as the reader takes it."""
    raw = b"{schema: escalate/patient/v1, id: x, muscle: {ck_u_per_l: {above: 12000}}}"
    given, left_out = given_in(read_raw(raw, "patient.yaml", PatientRefused), library)
    again = patient_of(text_of(given, library).encode(), "patient.yaml", library, today=TODAY)

    assert left_out == ()
    assert given.values["muscle.ck_u_per_l"] == "{above: 12000}"
    assert again.values["muscle.ck_u_per_l"].given == "> 12000"


def test_what_a_form_cannot_hold_is_named(library: Library):
    """An unknown key, a list where one value belongs: said before anything is lost."""
    raw = b"{schema: escalate/patient/v1, id: x, hart: 1, labs: {igg_g_per_l: [1]}, therapies: [MMF]}"
    _given, left_out = given_in(read_raw(raw, "patient.yaml", PatientRefused), library)

    assert any("`hart`" in said for said in left_out)
    assert "labs.igg_g_per_l" in left_out
    assert "therapies[0]" in left_out


# -- pages ----------------------------------------------------------------------------------------


def test_a_pasted_file_gives_its_report(service: TestClient):
    """Line ends of a browser are no other file: the digest is that of the file that was pasted."""
    answer = service.post("/page/report", data={"text": RAW.decode().replace("\n", "\r\n")}, headers=OWN)
    carried = re.search(r'name="patient" value="([^"]+)"', answer.text)

    assert answer.status_code == 200
    assert carried is not None
    assert base64.b64decode(carried[1]) == RAW


def test_an_uploaded_file_travels_byte_for_byte(service: TestClient):
    """Also with the line ends of Windows: what is recorded later is the digest of the very file."""
    raw = RAW.replace(b"\n", b"\r\n")
    answer = service.post("/page/report", files={"upload": ("C:\\x\\a.yaml", raw)}, headers=OWN)
    carried = re.search(r'name="patient" value="([^"]+)"', answer.text)

    assert carried is not None
    assert base64.b64decode(carried[1]) == raw
    assert 'name="name" value="a.yaml"' in answer.text


def test_a_fhir_record_is_opened_as_a_file_to_check(service: TestClient):
    """What was understood of it as a patient file, and what became of each entry; then its report."""
    raw = (EXAMPLES / "bundle.json").read_bytes()
    answer = service.post("/page/report", files={"upload": ("bundle.json", raw)}, headers=OWN)
    text = re.search(r'<textarea id="text"[^>]*>\n(.*?)</textarea>', answer.text, re.S)

    assert answer.status_code == 200
    assert "What became of each entry" in answer.text
    assert text is not None
    report = service.post("/page/report", data={"text": html.unescape(text[1])}, headers=OWN)
    assert 'class="sheet"' in report.text


def test_a_what_if_says_what_changes_and_why(post: Post):
    """LVEF 44 closes teclistamab; the field may be named as a person says it."""
    said = words(post("report", **{"a.field": "LVEF", "a.value": "44"}))

    assert re.search(r"Teclistamab .{0,40}open for discussion .{0,20}excluded", said)
    assert "44 %" in said


def turn_of(answer: Response, option: str) -> tuple[str, str]:
    """The row of an option in what a what-if changes: its class, and its words."""
    rows = re.findall(r'<tr class="(\w+)">\s*<th scope="row">(.*?)</tr>', answer.text, re.S)
    return next(
        (way, re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row))) for way, row in rows if option in row
    )


def test_what_opens_is_told_by_what_calls_for_it(post: Post):
    """A pulse was not indicated and is now: its indication by the heart opens it, and not its caution."""
    way, said = turn_of(post("report", **{"a.field": "LVEF", "a.value": "44"}), "Glucocorticoid pulse")

    assert way == "opens"
    assert "Glucocorticoid pulse for the heart; caution: Heart disease without proof" in said
    assert "LVEF: 44 %" in said
    assert "Entity" not in said


def test_an_option_that_is_held_tighter_has_the_mark_of_what_closes(post: Post):
    """From open to only with an override is a step away, also where the conference may still choose it."""
    way, said = turn_of(post("report", **{"a.field": "LVEF", "a.value": "44"}), "Tofacitinib")

    assert way == "closes"
    assert "only with a recorded override" in said


def test_a_supposed_value_has_no_day_of_the_file(post: Post):
    """44 % was never measured: the day of the echo belongs to the value that the file states."""
    answer = post("report", **{"a.field": "LVEF", "a.value": "44"})
    beside = post("compare", **{"a.field": "LVEF", "a.value": "44"})

    assert "LVEF: 44 % (supposed), below 45 %" in turn_of(answer, "Teclistamab")[1]
    assert "LVEF: 44 % (supposed), below 45 %" in words(beside)
    assert not re.search(r"44 % \(\d", words(answer) + words(beside))


def test_what_is_no_longer_called_for_says_by_what(post: Post):
    """Without the ILD the JAK inhibitor loses its indication: the row names it instead of nothing."""
    answer = post("report", **{"a.field": "diagnosis.entity", "a.value": "inclusion_body_myositis"})
    rows = re.findall(r"<td>([^<]*)(?:<br>.*?)?</td>\s*</tr>", answer.text)

    assert rows
    assert all(row.strip() for row in rows)


def test_figures_that_changed_have_their_unit(post: Post):
    """`62 to 44` of what: the head of a what-if says per cent."""
    assert "62 % → 44 %" in words(post("report", **{"a.field": "LVEF", "a.value": "44"}))


def test_a_what_if_of_a_measured_mri(post: Post):
    """The MRI is normal: nothing changes where it was, and the page says so."""
    said = words(post("report", **{"a.field": "heart.mri.t2_oedema", "a.value": "none"}))

    assert "No verdict changes" in said


def test_a_refused_change_names_the_change_and_keeps_the_report(post: Post):
    """The file is sound, the question is not: 422, and nothing of the question is advised on."""
    answer = post("report", **{"a.field": "LVEF", "a.value": "444"})

    assert answer.status_code == 422
    assert "out-of-range" in answer.text
    assert 'class="sheet"' in answer.text


def test_two_variants_stand_side_by_side(post: Post):
    """The file, A and B: what differs is marked in each."""
    answer = post("compare", **{"a.field": "LVEF", "a.value": "44", "b.field": "IgG", "b.value": "3.5"})

    assert re.findall(r'<th scope="col">([^<]+)', answer.text)[1:] == [
        "The file as it stands",
        "Variant A",
        "Variant B",
    ]
    assert "LVEF = 44 %" in answer.text
    assert "IgG = 3.5 g/L" in answer.text
    assert 'class="differs"' in answer.text


def test_changes_can_be_kept_in_the_file(post: Post, library: Library):
    """The file that the page carries then has the value, and reads as before."""
    answer = post("keep", **{"a.field": "heart.echo.lvef_percent", "a.value": "44"})
    carried = re.search(r'name="patient" value="([^"]+)"', answer.text)

    assert carried is not None
    patient = patient_of(base64.b64decode(carried[1]), "patient.yaml", library, today=TODAY)
    assert patient.values["heart.echo.lvef_percent"].given == "44"


def test_a_wrong_field_of_the_form_is_marked_where_it_stands(service: TestClient):
    """The problem is beside its control, and everything else that was filled in is still there."""
    answer = service.post(
        "/page/filled",
        data={"filling": "1", "f:id": "x", "f:heart.echo.lvef_percent": "forty", "f:labs.igg_g_per_l": "8"},
        headers=OWN,
    )

    assert answer.status_code == 422
    assert re.search(r'name="f:heart.echo.lvef_percent" value="forty"[^>]*aria-invalid="true"', answer.text)
    assert 'name="f:labs.igg_g_per_l" value="8"' in answer.text


def test_the_form_makes_the_same_report_as_the_file(post: Post, service: TestClient):
    """Every control of the form of the example, sent as it is, is the example again."""
    page = post("form").text
    sent: dict[str, list[str]] = {"filling": ["1"]}
    for name, value in re.findall(r'<input id="[^"]+" name="([^"]+)" value="([^"]*)"', page):
        sent.setdefault(name, []).append(value)
    for name, inner in re.findall(r'<select id="[^"]+" name="([^"]+)"[^>]*>(.*?)</select>', page, re.S):
        sent[name] = re.findall(r'<option value="([^"]*)" selected', inner)[:1]
    for name, value in re.findall(r'<input type="checkbox" name="([^"]+)" value="([^"]*)" checked', page):
        sent.setdefault(name, []).append(value)
    for name, value in re.findall(
        r'<textarea id="[^"]+" name="([^"]+)"[^>]*>\n?(.*?)</textarea>', page, re.S
    ):
        sent[name] = [value]
    answer = service.post(
        "/page/export", data={"as": "json", "patient": CARRIED, "name": "p.yaml"}, headers=OWN
    )
    report = service.post("/page/filled", data=sent, headers=OWN)
    carried = re.search(r'name="patient" value="([^"]+)"', report.text)

    assert report.status_code == 200
    assert carried is not None
    again = service.post(
        "/page/export", data={"as": "json", "patient": carried[1], "name": "p.yaml"}, headers=OWN
    )
    verdicts = [{o["therapy"]: o["verdict"] for o in one.json()["options"]} for one in (answer, again)]
    assert verdicts[0] == verdicts[1]
    assert answer.json()["patient"]["facts"] == again.json()["patient"]["facts"]


@pytest.mark.parametrize(
    ("kind", "begins"),
    [
        ("patient", b"schema: "),
        ("json", b'{\n  "schema"'),
        ("html", b"<!doctype"),
        ("markdown", b"#"),
        ("pdf", b"%PDF-"),
    ],
)
def test_what_is_exported(post: Post, kind: str, begins: bytes):
    """As a file to keep, under a name that holds nothing but letters, digits and hyphens."""
    if kind == "pdf":
        pytest.importorskip("weasyprint")
    answer = post("export", patient=base64.b64encode(SHORT).decode(), **{"as": kind})

    assert answer.status_code == 200
    assert answer.content.lstrip().startswith(begins)
    assert re.fullmatch(
        r'attachment; filename="[A-Za-z0-9-]+\.[a-z]+"', answer.headers["content-disposition"]
    )


def test_a_calendar_of_an_open_option(post: Post):
    """Real days from the first dose on; without a day, or for a closed option, the page says why not."""
    pytest.importorskip("icalendar")
    asked = {"as": "ics", "dated": "teclistamab", "start": "2026-11-02"}
    answer = post("export", **asked)

    assert answer.headers["content-type"].startswith("text/calendar")
    assert "DTSTART;VALUE=DATE:20261102" in answer.text
    assert post("export", **{**asked, "start": ""}).status_code == 422
    assert post("export", **{**asked, "start": "soon"}).status_code == 422
    assert post("export", **{**asked, "dated": "rituximab"}).status_code == 422


def test_the_page_speaks_german(post: Post, service: TestClient):
    """The language that is asked for, on the page that carries the file along."""
    answer = post("report", lang="de", **{"a.field": "LVEF", "a.value": "44"})

    assert '<html lang="de">' in answer.text
    assert "Was wäre, wenn" in answer.text
    assert '<html lang="de">' in service.get("/?lang=de").text


# -- nothing leaves, nothing stays ----------------------------------------------------------------


@pytest.mark.parametrize("page", ["report", "compare", "form", "text", "decision", "nothing-there"])
def test_every_page_carries_the_strict_headers(post: Post, page: str):
    """No inline style or script, no frame, no cache, no address of a patient sent on."""
    answer = post(page)
    policy = answer.headers["content-security-policy"]

    assert policy == guard.POLICY
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert "set-cookie" not in answer.headers


def test_no_page_has_an_inline_style_script_or_foreign_address(post: Post, service: TestClient):
    """What the policy forbids is not there in the first place; `doi.org` stands in links alone."""
    pages = [post(name).text for name in ("report", "compare", "form", "text", "decision")]
    pages.append(service.get("/").text)
    for text in pages:
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)
        assert all(src.startswith(("/static/", "data:")) for src in re.findall(r'src="([^"]+)"', text))
        assert not re.search(r'<(?:link|form)[^>]+="https?:', text)


def test_a_page_about_a_patient_has_no_address(service: TestClient):
    """Loaded again it is the start: nothing about a patient was in the address."""
    answer = service.get("/page/report?patient=x", follow_redirects=False)

    assert answer.status_code == 303
    assert answer.headers["location"] == "/"


def test_htmx_is_the_published_file_with_its_licence(service: TestClient):
    """One vendored file, byte for byte; served by us and named by its content."""
    static = files("escalate.service.page").joinpath("static")
    raw = static.joinpath("htmx.min.js").read_bytes()

    assert hashlib.sha256(raw).hexdigest() == HTMX_SHA256
    assert "Zero-Clause BSD" in static.joinpath("htmx.LICENSE.txt").read_text(encoding="utf-8")
    assert service.get("/static/htmx.min.js").content == raw
    assert f"/static/htmx.min.js?v={HTMX_SHA256[:12]}" in service.get("/").text


@pytest.mark.parametrize("name", ["page.css", "report.css", "page.js", "icon.svg"])
def test_the_other_files_are_served(service: TestClient, name: str):
    """They may be kept for long; whatever else is asked for is not there."""
    answer = service.get(f"/static/{name}")

    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    assert service.get("/static/routes.py").status_code == 404
    assert service.get("/static/..%2Froutes.py").status_code == 404


def test_nothing_of_a_patient_stays(post: Post, log: str):
    """Neither in the log nor in the knowledge nor in a folder: the log holds no entry but those recorded."""
    before = recorded(log)
    for page in ("report", "compare", "form", "text", "decision", "keep"):
        post(page, **{"a.field": "LVEF", "a.value": "44"})
    after = recorded(log)

    assert before == after


# -- recording ------------------------------------------------------------------------------------

DECIDED = {
    "therapy": "teclistamab", "decision": "chosen", "reason": "Nothing else is left.",
    "held_on": "2026-10-12", "present": "rheumatology\r\ncardiology", "stop_if": "CRS grade 3",
    "review_on": "2027-01-12",
    "treatment": "", "why": "", "next": "", "call_if": "", "contact": "",
}  # fmt: skip


def sealed(post: Post, **fields: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', post("decision", **fields).text)
    assert found is not None
    return found[1]


def test_a_decision_is_recorded_behind_its_assessment(post: Post, log: str):
    """Two entries: the verdicts of the day under the file's digest, and the conference's own words."""
    answer = post("record", token=sealed(post), **DECIDED)
    rows = list(stored_rows(log))
    assessed, decision = (plain(row.text) for row in rows[-2:])

    assert answer.status_code == 200
    assert assessed is not None
    assert decision is not None
    assert assessed["input"] == {"sha256": hashlib.sha256(RAW).hexdigest()}
    assert decision["about"]["number"] == len(rows) - 1
    assert (decision["therapy"], decision["decision"]) == ("teclistamab", "chosen")
    assert decision["present"] == ["rheumatology", "cardiology"]
    assert decision["stop_if"] == ["CRS grade 3"]
    assert not tamperings(rows)[0]
    assert f"entry {len(rows)}" in words(answer)


def test_to_change_nothing_is_a_decision_too(post: Post, log: str):
    """It stands in the list behind the therapies, and in the log without a verdict."""
    answer = post("record", token=sealed(post), **{**DECIDED, "therapy": "way:stay", "reason": ""})
    entry = plain(list(stored_rows(log))[-1].text)

    assert answer.status_code == 200
    assert "Change nothing: chosen" in words(answer)
    assert entry is not None
    assert (entry["therapy"], entry["way"], entry["verdict"]) == (None, "stay", None)


CLOSED_TWICE = (
    RAW.replace(b"lvef_percent: 62", b"lvef_percent: 44")
    .replace(b"fever: false", b"fever: true")
    .replace(b"active: none ", b"active: suspected ")
)


def test_the_record_names_everything_that_closes_what_was_chosen(post: Post, library: Library):
    """Excluded by the heart and deferred by an infection: the page for the record says both."""
    today = patient_of(CLOSED_TWICE, "patient.yaml", library, today=TODAY)
    option = next(o for o in assess(today, library).proposal.options if o.therapy.id == "teclistamab")
    closing = [reason.rule.id for reason in (*option.excluded_by, *option.deferred_by)]
    carried = base64.b64encode(CLOSED_TWICE).decode()
    done = post("record", token=sealed(post, patient=carried), **DECIDED, patient=carried)
    number = re.search(r'name="number" value="(\d+)"', done.text)
    assert number is not None
    page = post("decided", number=number[1], whom="record", patient=carried)

    assert option.excluded_by
    assert option.deferred_by
    assert [rule for rule in closing if rule not in done.text] == []
    assert [rule for rule in closing if rule not in page.text] == []


def test_a_recorded_decision_has_its_pages(post: Post):
    """For the record and for the patient; about this patient alone."""
    number = re.search(r'name="number" value="(\d+)"', post("record", token=sealed(post), **DECIDED).text)
    assert number is not None
    record = post("decided", number=number[1], whom="record")
    patient = post("decided", number=number[1], whom="patient")
    other = base64.b64encode(RAW.replace(b"id: refractory", b"id: other")).decode()

    assert "Nothing else is left." in record.text
    assert "You decide whether you want it." in patient.text
    assert post("decided", number=number[1], whom="record", patient=other).status_code == 422


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"therapy": ""}, "Choose what was decided about"),
        ({"therapy": "way:elsewhere"}, "is not one of"),
        ({"decision": ""}, "Say what was decided"),
        ({"therapy": "rituximab", "reason": ""}, "needs a reason"),
        ({"therapy": "rituximab", "review_on": ""}, "say on which day it is looked at again"),
        ({"therapy": "rituximab", "stop_if": " "}, "say what would stop it"),
        ({"review_on": "next year"}, "is not a day"),
        ({"review_on": "2026-01-01"}, "does not lie behind"),
        ({"reason": "x", "therapy": "aspirin"}, "does not look at"),
    ],
)
def test_what_cannot_be_recorded_is_asked_for_again(post: Post, log: str, change: dict[str, str], said: str):
    """With everything that was written, and without an entry in the log."""
    before = recorded(log)
    answer = post("record", token=sealed(post), **{**DECIDED, **change})

    assert answer.status_code == 422
    assert said in words(answer)
    assert "cardiology" in answer.text
    assert recorded(log) == before


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Origin": BASE, "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_site_cannot_record(service: TestClient, post: Post, log: str, headers: dict[str, str]):
    """A browser says where a form comes from; what does not say it is not recorded either."""
    token, before = sealed(post), recorded(log)
    answer = service.post(
        "/page/record",
        data={"patient": CARRIED, "name": "p.yaml", "token": token, **DECIDED},
        headers=headers,
    )

    assert answer.status_code == 403
    assert answer.headers["content-type"].startswith("text/html")
    assert recorded(log) == before


def test_a_form_records_once_it_was_made_for_this_file(post: Post):
    """The token of another file, an old one and none at all are refused."""
    other = guard.token(b"another file")
    old = guard.token(RAW, now=time.time() - 24 * 3600)

    for token in (other, old, "", "1.x", "9999999999.é"):
        assert post("record", token=token, **DECIDED).status_code == 403


def test_without_a_log_nothing_is_recorded():
    """The page says how to start with one."""
    with client() as service:
        answer = service.post("/page/decision", data={"patient": CARRIED, "name": "p.yaml"}, headers=OWN)
        refused = service.post(
            "/page/record",
            data={"patient": CARRIED, "name": "p.yaml", "token": guard.token(RAW), **DECIDED},
            headers=OWN,
        )

    assert "--log" in answer.text
    assert refused.status_code == 409


# -- bad uploads ----------------------------------------------------------------------------------

BAD = {
    "empty": (b"", 422),
    "no document": (b"\n\n# nothing\n", 422),
    "binary": (bytes(range(256)) * 400, 422),
    "deep": (b"[" * 100_000, 422),
    "deep mapping": (b"{a: " * 50_000, 422),
    "aliases": (b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", 422),
    "long line": (b"id: " + b"x" * 1_500_000, 422),
    "many keys": (b"".join(b"k%d: 1\n" % n for n in range(60_000)), 422),
    "utf-16": ("id: x".encode("utf-16"), 422),
    "too large for a patient": (b"x" * (SIZE_LIMIT + 1), 422),
    "too large for the service": (b"x" * (Limits().body_bytes + 1), 413),
    "torn JSON": (b'{"schema": "escalate/patient/v1", "id": ', 422),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_upload_is_a_page_of_problems_in_bounded_time(service: TestClient, name: str):
    """Each with line and column, never a traceback; and nothing of a report."""
    raw, status = BAD[name]
    begun = time.process_time()  # not what other work on the machine takes
    answer = service.post("/page/report", files={"upload": ("a.yaml", raw)}, headers=OWN)

    assert time.process_time() - begun < 10
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert "Traceback" not in answer.text
    assert 'class="sheet"' not in answer.text
    if status == 422 and name != "empty":
        assert re.search(r"line \d+, column \d+", words(answer))


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{}", "application/json", 415),
        (b"x", "multipart/form-data", 400),
        (b"nothing", "multipart/form-data; boundary=b", 400),
        (b"patient=%%%", "application/x-www-form-urlencoded", 400),
        (b"a=1&" * 9000, "application/x-www-form-urlencoded", 400),
        (b"name=x", "application/x-www-form-urlencoded", 422),
    ],
)
def test_what_is_no_form_is_refused_as_a_page(service: TestClient, body: bytes, kind: str, status: int):
    """With the status that says it."""
    answer = service.post("/page/report", content=body, headers={**OWN, "Content-Type": kind})

    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")


def test_a_form_that_is_none_leaves_no_line_in_the_log(service: TestClient, caplog: pytest.LogCaptureFixture):
    """The library that reads forms would name the byte at which it failed."""
    kind = "multipart/form-data; boundary=----a"
    service.post("/page/report", content=b"------b\r\nsecret", headers={**OWN, "Content-Type": kind})

    assert caplog.records == []


def test_a_bad_upload_never_affects_another_request(service: TestClient, post: Post):
    """Reports that are asked for while bad files come in are the very same, and none is refused."""
    asked = {"a.field": "LVEF", "a.value": "44"}
    alone = post("report", **asked).text
    bad = [raw for raw, status in BAD.values() if status == 422]

    def upload(raw: bytes) -> int:
        return service.post("/page/report", files={"upload": ("a.yaml", raw)}, headers=OWN).status_code

    with ThreadPoolExecutor(4) as pool:
        uploads = [pool.submit(upload, raw) for raw in bad]
        reports = [pool.submit(post, "report", **asked) for _number in range(12)]

        assert {report.result().text for report in reports} == {alone}
        assert {upload.result() for upload in uploads} == {422}


def test_memory_does_not_grow_with_requests(post: Post):
    """What-ifs, each another one: together they leave behind less than one assessment holds."""

    def some(count: int, start: int) -> int:
        for number in range(count):
            assert post("report", **{"a.field": "CRP", "a.value": str(start + number)}).status_code == 200
        gc.collect()
        return sys.getallocatedblocks()

    some(10, 0)
    before = some(10, 100)
    after = some(40, 200)

    assert after - before < BLOCKS_OF_AN_ASSESSMENT


# -- hostile words --------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["report", "compare", "form", "text", "decision", "record"])
def test_hostile_words_are_text_on_every_page(service: TestClient, page: str):
    """In the file, its name, the fields and values of a what-if, and the words of a decision."""
    raw = hostile_patient()
    rows = {f"{side}.{part}": HOSTILE for side in "ab" for part in ("field", "value")}
    stated = {**DECIDED, "reason": HOSTILE, "present": HOSTILE, "stop_if": HOSTILE, "why": HOSTILE, **rows}
    answer = service.post(
        f"/page/{page}",
        data={
            "patient": base64.b64encode(raw).decode(), "name": f"{HOSTILE}.yaml", "token": guard.token(raw),
            **stated,
        },
        headers=OWN,
    )  # fmt: skip
    inside = re.sub(r'value="[A-Za-z0-9+/=]{200,}"', "", answer.text)

    assert answer.status_code in (200, 422)
    assert "<img src=x" not in inside
    assert "<script>alert" not in inside
    assert "{{7*7}}" in inside
    assert "49&lt;" not in inside


def test_the_example_is_the_one_in_the_documentation():
    """One home: the page opens the file of `examples/`."""
    assert example_bytes() == RAW


def test_the_export_of_a_strange_name_cannot_end_its_header(service: TestClient):
    """The name of a download is made of letters, digits and hyphens."""
    raw = b'{schema: escalate/patient/v1, id: "a\\r\\nX-Evil: 1\\"; ..//\xc3\xa9"}'
    answer = service.post(
        "/page/export",
        data={"patient": base64.b64encode(raw).decode(), "name": "x.yaml", "as": "json"},
        headers=OWN,
    )

    assert answer.status_code == 200
    assert "x-evil" not in answer.headers
    assert json.loads(answer.text)["schema"]
    assert re.fullmatch(r'attachment; filename="[A-Za-z0-9-]+\.json"', answer.headers["content-disposition"])
