"""The HTTP API: the answers of the command line over HTTP, and an error for everything else."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from escalate.files.decision_log.chain import plain
from escalate.files.decision_log.source import stored_rows
from escalate.files.decision_log.verify import tamperings
from escalate.library.model import Library
from escalate.patient.model import Patient
from escalate.service.settings import Limits, Settings
from tests.fhir_bundles import bundle, observation, resources_of
from tests.helpers_service import EXAMPLE, ROOT, YAML, client

PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the example as `patient.yaml`, which is what the service calls a file."""
    here = tmp_path_factory.mktemp("patient")
    (here / "patient.yaml").write_bytes(EXAMPLE.read_bytes())
    return here


def printed(folder: Path, *arguments: str) -> bytes:
    """What the command line writes to standard output."""
    done = subprocess.run(
        [sys.executable, "-m", "escalate", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
    )
    return done.stdout


# -- assess ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "de"])
def test_assess_answers_what_the_command_line_prints(service: TestClient, folder: Path, language: str):
    """The same bytes, in both languages."""
    answer = service.post(f"/v1/assess?lang={language}", content=EXAMPLE.read_bytes(), headers=YAML)

    assert answer.headers["content-type"] == "application/json"
    assert answer.content == printed(folder, "assess", "patient.yaml", "--format", "json", "--lang", language)


def test_assess_of_one_therapy_and_an_earlier_day(service: TestClient, folder: Path):
    """`option` and `as_of` are those of the command line."""
    answer = service.post(
        "/v1/assess?option=teclistamab&as_of=2026-09-01", content=EXAMPLE.read_bytes(), headers=YAML
    )

    assert answer.content == printed(
        folder,
        "assess",
        "patient.yaml",
        "--format",
        "json",
        "--option",
        "teclistamab",
        "--as-of",
        "2026-09-01",
    )


def test_a_patient_may_be_json(service: TestClient):
    """JSON is read as the command line reads a `.json` file."""
    patient = {"schema": "escalate/patient/v1", "id": "one", "diagnosis": {"entity": "dermatomyositis"}}
    answer = service.post("/v1/assess", json=patient)

    assert answer.status_code == 200
    assert answer.json()["patient"]["id"] == "one"


def test_a_patient_may_be_a_fhir_bundle(service: TestClient, library: Library):
    """What a Bundle tells is assessed as the same facts in a patient file are."""
    from escalate import load_patient

    patient: Patient = load_patient(EXAMPLE, library)
    body = json.dumps(bundle(*resources_of(patient)))
    answer = service.post("/v1/assess?as_of=2026-10-12", content=body, headers=FHIR)
    verdicts = {one["therapy"]: one["verdict"] for one in answer.json()["options"]}

    assert verdicts["teclistamab"] == "propose"


@pytest.mark.parametrize("kind", ["application/fhir+json", "application/json"])
def test_what_became_of_a_record_is_answered(service: TestClient, kind: str):
    """Each entry of FHIR input, used or not and why, with what was noticed; death is among it."""
    patient = {"resourceType": "Patient", "id": "case", "deceasedDateTime": "2026-10-02"}
    unread = observation("10230-1", valueString="35 %")
    record = bundle(patient, unread, observation("718-7"))
    answer = service.post("/v1/assess", content=json.dumps(record), headers={"content-type": kind})
    told = answer.json()["record"]

    assert list(told) == ["entries", "notes"]
    assert [one["resource"] for one in told["entries"]] == ["Patient/case", "Observation", "Observation"]
    assert "died" in told["entries"][0]["reason"]
    assert told["entries"][1]["use"] == "rejected"
    assert told["entries"][1]["reason"]
    assert list(answer.json())[-1] == "record"


def test_a_patient_file_is_no_record(service: TestClient):
    """Its answer has no such member."""
    answer = service.post("/v1/assess", content=EXAMPLE.read_bytes(), headers=YAML)

    assert "record" not in answer.json()


def test_an_assessment_may_be_answered_in_fhir(service: TestClient, folder: Path):
    """By Accept; the same bytes as `escalate assess --format fhir`."""
    headers = YAML | {"accept": "application/json;q=0.5, application/fhir+json"}
    answer = service.post("/v1/assess", content=EXAMPLE.read_bytes(), headers=headers)

    assert answer.headers["content-type"] == "application/fhir+json"
    assert answer.content == printed(folder, "assess", "patient.yaml", "--format", "fhir")


def test_a_refused_patient_names_every_place(service: TestClient):
    """Line, column, what was found and what helps, of all problems at once; nothing is advised."""
    raw = b"schema: escalate/patient/v1\nid: a\ndiagnosis: {entity: dermatomyositus}\nage: 3\n"
    answer = service.post("/v1/assess", content=raw, headers=YAML)
    problem = answer.json()

    assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)
    assert problem["code"] == "patient-refused"
    assert [(one["line"], one["column"]) for one in problem["problems"]] == [(3, 21), (4, 1)]
    assert "dermatomyositis" in problem["problems"][0]["help"]


def test_a_refusal_speaks_the_language_asked_for(service: TestClient):
    """German problems for who asks for German."""
    answer = service.post("/v1/assess?lang=de", content=b"id: a", headers=YAML)

    assert "wurde abgelehnt" in answer.json()["detail"]


# -- explain, pk, knowledge -----------------------------------------------------------------------


def test_explain_answers_what_the_command_line_prints(service: TestClient, folder: Path):
    """The clause tree; places are those of the file as it was sent."""
    answer = service.post("/v1/explain?therapy=teclistamab", content=EXAMPLE.read_bytes(), headers=YAML)

    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.content == printed(folder, "explain", "patient.yaml", "teclistamab")


def test_pk_answers_the_object_of_the_command_line(service: TestClient, folder: Path):
    """The exposure of a regimen, with virtual patients."""
    asked = {
        "model": "teclistamab", "weight_kg": 74, "doses": ["0.06 mg/kg @0", "0.3 mg/kg @3", "1.5 mg/kg @7"],
        "at_days": [10, 30], "population": 20, "seed": 7, "time_dependent_clearance": False,
    }  # fmt: skip
    answer = service.post("/v1/pk", json=asked)

    by_command = printed(
        folder, "pk", "teclistamab", "--weight", "74", "--dose", "0.06 mg/kg @0", "--dose", "0.3 mg/kg @3",
        "--dose", "1.5 mg/kg @7", "--at", "10,30", "--population", "20", "--seed", "7",
        "--no-time-dependent-clearance", "--format", "json",
    )  # fmt: skip

    # The command line adds what is published beside it.
    assert answer.json().items() <= json.loads(by_command).items()
    assert answer.json()["interval_90"]


def test_a_wrong_dose_is_named(service: TestClient):
    """As on the command line: which dose, and what is wrong with it."""
    answer = service.post("/v1/pk", json={"model": "teclistamab", "weight_kg": 74, "doses": ["6 mg"]})

    assert answer.status_code == 422
    assert "no time; write `@0`" in answer.json()["detail"]


def test_the_index_names_every_rule_and_therapy(service: TestClient, library: Library):
    """Each of which can be asked for."""
    index = service.get("/v1/knowledge").json()
    rule = service.get("/v1/knowledge/rules/BCMA-X04").json()
    therapy = service.get("/v1/knowledge/therapies/teclistamab").json()

    assert index["digest"] == library.digest
    assert {one["id"] for one in index["rules"]} == {one.id for one in library.rules}
    assert {one["id"] for one in index["therapies"]} == set(library.therapies)
    assert rule["forms"][0]["when"] == "Advanced heart failure: yes"
    assert "BCMA-X04" in therapy["rules"]


def test_the_schema_of_a_patient_file_is_that_of_the_command(service: TestClient, folder: Path):
    """As `escalate schema patient` prints it."""
    assert service.get("/v1/schemas/patient").content == printed(folder, "schema", "patient")


# -- the decision log -----------------------------------------------------------------------------


def test_an_assessment_is_recorded_before_it_is_answered(tmp_path: Path):
    """The answer names its entry; the board's decision is recorded beside it, and the chain holds."""
    url = f"sqlite:///{tmp_path}/log.db"
    with client(Settings(log_url=url, log_input=True, reload_seconds=0)) as service:
        answer = service.post("/v1/assess", content=EXAMPLE.read_bytes(), headers=YAML)
        decision = {
            "entry": 1,
            "therapy": "teclistamab",
            "decision": "chosen",
            "reason": "Nothing else left.",
        }
        decided = service.post("/v1/decisions", json=decision)
    rows = list(stored_rows(url))
    entries = [plain(row.text) or {} for row in rows]

    assert answer.headers["escalate-log-entry"] == "1"
    assert answer.headers["escalate-log-head"] == f"{rows[0].hash}:1"
    assert decided.status_code == 201
    assert decided.json() == {"number": 2, "head": f"{rows[1].hash}:2"}
    assert [entry["kind"] for entry in entries] == ["assessment", "decision"]
    assert entries[0]["input"]["text"] == EXAMPLE.read_text()  # type: ignore[index]
    assert tamperings(rows)[0] == ()


def test_without_a_record_there_is_no_answer(tmp_path: Path):
    """A log that cannot be written gives 503 and no assessment, and says nothing of its address."""
    folder = tmp_path / "gone"
    with client(Settings(log_url=f"sqlite:///{folder}/log.db", reload_seconds=0)) as service:
        answer = service.post("/v1/assess", content=EXAMPLE.read_bytes(), headers=YAML)
        ready = service.get("/health/ready")

    assert (answer.status_code, answer.json()["code"]) == (503, "log-failed")
    assert "teclistamab" not in answer.text
    assert str(folder) not in answer.text
    assert ready.status_code == 503


def test_a_decision_needs_its_assessment(tmp_path: Path):
    """No log, or an entry that is not there: 404; a therapy it did not look at: 422. No address is told."""
    decision = {"entry": 9, "therapy": "teclistamab", "decision": "chosen", "reason": "x"}
    with client() as service:
        without = service.post("/v1/decisions", json=decision)
    with client(Settings(log_url=f"sqlite:///{tmp_path}/log.db", reload_seconds=0)) as service:
        empty = service.post("/v1/decisions", json=decision)
        service.post("/v1/assess", content=EXAMPLE.read_bytes(), headers=YAML)
        missing = service.post("/v1/decisions", json=decision)
        unknown = service.post("/v1/decisions", json=decision | {"entry": 1, "therapy": "aspirin"})
        both = service.post("/v1/decisions", json=decision | {"entry": 1, "way": "stay"})
        way = service.post("/v1/decisions", json=decision | {"entry": 1, "way": "stay", "therapy": None})

    assert (without.status_code, without.json()["code"]) == (404, "no-log")
    for answer in (empty, missing):
        assert (answer.status_code, answer.json()["code"]) == (404, "no-such-entry")
        assert answer.json()["detail"] == "there is no entry 9"
    assert (unknown.status_code, both.status_code, way.status_code) == (422, 422, 201)
    assert "say one of them" in both.json()["detail"]


def test_a_log_that_cannot_be_read_says_nothing_of_its_address(tmp_path: Path):
    """A decision on a file that holds no log: 503, and where the file is stays with the service."""
    (tmp_path / "log.db").write_text("no database")
    decision = {"entry": 1, "therapy": "teclistamab", "decision": "chosen", "reason": "x"}
    with client(Settings(log_url=f"sqlite:///{tmp_path}/log.db", reload_seconds=0)) as service:
        answer = service.post("/v1/decisions", json=decision)

    assert (answer.status_code, answer.json()["code"]) == (503, "log-failed")
    assert str(tmp_path) not in answer.text


# -- errors ---------------------------------------------------------------------------------------

JSON, XML = {"content-type": "application/json"}, {"content-type": "application/xml"}
FHIR, LATIN = {"content-type": "application/fhir+json"}, {"content-type": "text/yaml; charset=latin-1"}
ZIPPED, CSV = YAML | {"content-encoding": "gzip"}, YAML | {"accept": "text/csv"}
TYPE = "unsupported-media-type"
WRONG = [
    ("GET", "/nowhere", {}, 404, "not-found"),
    ("GET", "/v1/assess", {}, 405, "method-not-allowed"),
    ("GET", "/v1/knowledge/rules/NONE", {}, 404, "no-such-rule"),
    ("GET", "/v1/knowledge/therapies/none", {}, 404, "no-such-therapy"),
    ("GET", "/v1/knowledge?lang=fr", {}, 422, "invalid-request"),
    ("POST", "/v1/assess", {"content": b"{", "headers": JSON}, 400, "not-json"),
    ("POST", "/v1/assess", {"content": b"[" * 99_999, "headers": JSON}, 400, "not-json"),
    ("POST", "/v1/assess", {"content": b'{"a": NaN}', "headers": JSON}, 400, "not-json"),
    ("POST", "/v1/assess", {"content": b"\xff", "headers": JSON}, 400, "not-json"),
    ("POST", "/v1/assess", {"content": b"a: b"}, 415, TYPE),
    ("POST", "/v1/assess", {"content": b"a: b", "headers": XML}, 415, TYPE),
    ("POST", "/v1/assess", {"content": b"a: b", "headers": LATIN}, 415, TYPE),
    ("POST", "/v1/assess", {"content": b"a", "headers": ZIPPED}, 415, "encoded-body"),
    ("POST", "/v1/assess", {"content": b"a: b", "headers": CSV}, 406, "not-acceptable"),
    ("POST", "/v1/assess", {"content": b"a: b", "headers": YAML}, 422, "patient-refused"),
    ("POST", "/v1/assess", {"content": b"{}", "headers": FHIR}, 422, "patient-refused"),
    ("POST", "/v1/assess?option=aspirin", {"content": b"a: b", "headers": YAML}, 422, "wrong-use"),
    ("POST", "/v1/assess?as_of=2026-02-30", {"content": b"a: b", "headers": YAML}, 422, "invalid-request"),
    ("POST", "/v1/pk", {"content": b"{", "headers": JSON}, 400, "not-json"),
    ("POST", "/v1/pk", {"json": {"model": "teclistamab", "wieght_kg": 70}}, 422, "invalid-request"),
    ("POST", "/v1/pk", {"json": {"model": "nothing", "weight_kg": 70}}, 422, "wrong-use"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "more", "status", "code"), WRONG)
def test_every_error_is_a_problem(
    service: TestClient, method: str, path: str, more: dict, status: int, code: str
):
    """RFC 9457: the status in the body too, a stable code, and a sentence."""
    answer = service.request(method, path, **more)
    problem = answer.json()

    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert problem | {"status": status, "code": code, "type": f"/problems/{code}"} == problem
    assert problem["title"]
    assert problem["detail"]


def test_a_wrong_body_is_not_quoted(service: TestClient):
    """What was wrong is said by place; the value may be about a patient."""
    answer = service.post("/v1/pk", json={"model": "teclistamab", "weight_kg": "secret-weight"})

    assert "body.weight_kg" in answer.json()["detail"]
    assert "secret-weight" not in answer.text


def test_a_fault_of_ours_says_nothing_of_the_patient(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    """500, nothing is advised, and neither the answer nor any log holds a fact or a trace."""
    import escalate.service.answers

    def breaks(*_given: object) -> None:
        raise ZeroDivisionError("secret-fact")

    monkeypatch.setattr(escalate.service.answers, "assess", breaks)
    with client() as service:
        answer = service.post("/v1/assess", content=EXAMPLE.read_bytes(), headers=YAML)
    written = caplog.text + "".join(capsys.readouterr())

    assert (answer.status_code, answer.json()["code"]) == (500, "internal-fault")
    assert "ZeroDivisionError" in written
    assert "secret-fact" not in written + answer.text
    assert "Traceback" not in written


def test_engines_that_disagree_advise_nothing(monkeypatch: pytest.MonkeyPatch):
    """500 of its own code."""
    import escalate.service.answers
    from escalate.problems import EnginesDisagree

    def disagree(*_given: object) -> None:
        raise EnginesDisagree("rule X")

    monkeypatch.setattr(escalate.service.answers, "assess", disagree)
    with client() as service:
        answer = service.post("/v1/assess", content=EXAMPLE.read_bytes(), headers=YAML)

    assert (answer.status_code, answer.json()["code"]) == (500, "engines-disagree")


# -- limits ---------------------------------------------------------------------------------------


def test_a_large_body_is_refused_before_it_is_read():
    """By its stated length, and by what really comes where none is stated."""
    limits = Limits(body_bytes=1000)
    with client(Settings(limits=limits, reload_seconds=0)) as service:
        stated = service.post("/v1/assess", content=b"x" * 1001, headers=YAML)
        streamed = service.post("/v1/assess", content=iter([b"x" * 600] * 2), headers=YAML)

    assert stated.status_code == streamed.status_code == 413
    assert stated.json()["code"] == "too-large"


def test_what_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch):
    """503 after the time that is set."""
    import threading

    import escalate.service.answers

    monkeypatch.setattr(escalate.service.answers, "assess", lambda *_given: threading.Event().wait(1))
    with client(Settings(limits=Limits(seconds=0.1), reload_seconds=0)) as service:
        answer = service.post("/v1/assess", content=EXAMPLE.read_bytes(), headers=YAML)

    assert (answer.status_code, answer.json()["code"]) == (503, "too-slow")
    assert answer.headers["retry-after"]


def test_no_more_waits_than_may(monkeypatch: pytest.MonkeyPatch):
    """With one place and nobody waiting, a second request is answered 503 at once."""
    import threading
    from concurrent.futures import ThreadPoolExecutor

    import escalate.service.answers

    begun, done = threading.Event(), threading.Event()

    def waits(*given: object) -> object:
        begun.set()
        done.wait(10)
        return real(*given)

    real = escalate.service.answers.assess
    monkeypatch.setattr(escalate.service.answers, "assess", waits)
    limits = Limits(at_once=1, waiting=0)
    with client(Settings(limits=limits, reload_seconds=0)) as service, ThreadPoolExecutor(1) as other:
        first = other.submit(service.post, "/v1/assess", content=EXAMPLE.read_bytes(), headers=YAML)
        assert begun.wait(10)
        second = service.post("/v1/assess", content=EXAMPLE.read_bytes(), headers=YAML)
        done.set()

    assert (second.status_code, second.json()["code"]) == (503, "busy")
    assert first.result().status_code == 200


# -- health and metrics ---------------------------------------------------------------------------


def test_health_says_whether_assessments_can_be_given(service: TestClient):
    """Live and ready, and nothing else."""
    assert service.get("/health/live").json() == {"status": "live"}
    assert service.get("/health/ready").json() == {"status": "ready", "knowledge": "current", "log": "none"}


def test_metrics_count_and_say_nothing_of_a_patient():
    """Routes are templates; no therapy, no address, no fact becomes a label."""
    with client() as service:
        service.post("/v1/assess?option=teclistamab", content=EXAMPLE.read_bytes(), headers=YAML)
        service.get("/v1/knowledge/therapies/rituximab")
        service.get("/patients/secret-name")
        text = service.get("/metrics").text
    labels = set(re.findall(r'route="([^"]*)"', text))

    assert 'escalate_http_requests_total{method="POST",route="/v1/assess",status="200"} 1.0' in text
    assert labels == {"/v1/assess", "/v1/knowledge/therapies/{therapy}", "unmatched"}
    assert not re.search("teclistamab|rituximab|secret|refractory", text)


def test_the_document_describes_every_address(service: TestClient):
    """OpenAPI 3.1 with the errors of each; the pages that would load scripts from elsewhere are off."""
    document = service.get("/openapi.json").json()

    assert set(document["paths"]) == {
        "/v1/assess", "/v1/explain", "/v1/pk", "/v1/decisions", "/v1/knowledge", "/v1/knowledge/rules/{rule}",
        "/v1/knowledge/therapies/{therapy}", "/v1/schemas/patient", "/cds-services",
        "/cds-services/{service}", "/cds-services/{service}/feedback", "/health/live", "/health/ready",
        "/metrics",
    }  # fmt: skip
    for path in document["paths"].values():
        for operation in path.values():
            errors = [one for status, one in operation["responses"].items() if status >= "400"]
            assert all(list(one["content"]) == [PROBLEM] for one in errors)
    assert service.get("/docs").status_code == service.get("/redoc").status_code == 404
