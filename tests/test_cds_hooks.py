"""CDS Hooks 2.0.1: what the specification asks of a service, and what ours says in its cards."""

from __future__ import annotations

import copy
import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from escalate import load_knowledge
from escalate.files.decision_log.chain import plain
from escalate.files.decision_log.source import stored_rows
from escalate.files.decision_log.verify import tamperings
from escalate.service.hooks.cards import cut, marked
from escalate.service.hooks.lately import record_of
from escalate.service.hooks.services import OVERRIDE_REASONS, SERVICES
from escalate.service.settings import Settings
from tests.fhir_bundles import LIBRARY, TERMS, bundle, observation, person
from tests.helpers_cds import INSTANCE, SELECT, VIEW, call, draft, example, ordered, without
from tests.helpers_service import BASE, TODAY, client

TECLISTAMAB, RITUXIMAB, ASPIRIN = "L01FX24", "L01FA01", "B01AC06"
LVEF = TERMS.loinc_of("heart.echo.lvef_percent")


@pytest.fixture(scope="module")
def patient() -> list[dict[str, Any]]:
    return example()


def low_ejection_fraction(resources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The patient with an LVEF of 38 %, and no other one."""
    found = copy.deepcopy(resources)
    for one in found:
        if any(code in str(one.get("code")) for code in LVEF):
            one["valueQuantity"]["value"] = 38
    return found


def cards(service: TestClient, path: str, body: dict[str, Any]) -> list[dict[str, Any]]:
    answer = service.post(path, json=body)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["cards"]
    return found


def empty_members(value: object) -> list[object]:
    """What the specification forbids: null, "", [] and {} anywhere inside."""
    if isinstance(value, dict):
        return [found for one in value.values() for found in empty_members(one)] if value else [value]
    if isinstance(value, list):
        return [found for one in value for found in empty_members(one)] if value else [value]
    return [value] if value is None or value == "" else []


# -- discovery ------------------------------------------------------------------------------------


def test_discovery_lists_the_services(service: TestClient):
    """Always at `{baseUrl}/cds-services`: 200, an object with `services`."""
    answer = service.get("/cds-services")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert [one["hook"] for one in answer.json()["services"]] == ["patient-view", "order-select"]


def test_a_service_is_described(service: TestClient):
    """hook, title, description and id; its id is where it is called."""
    for one in service.get("/cds-services").json()["services"]:
        assert all(isinstance(one[key], str) and one[key] for key in ("hook", "title", "description", "id"))
        assert service.post(f"/cds-services/{one['id']}", json={}).status_code == 422


def test_prefetch_templates_keep_to_the_recommended_subset(service: TestClient):
    """Reads and searches by patient, tokens by equality, and no token but the context's own fields."""
    for one in service.get("/cds-services").json()["services"]:
        for template in one["prefetch"].values():
            assert re.fullmatch(
                r"Patient/\{\{context\.patientId\}\}|[A-Za-z]+\?patient=\{\{context\.patientId\}\}(&code=[^&]+)?",
                template,
            )
            assert set(re.findall(r"\{\{(.*?)\}\}", template)) == {"context.patientId"}


def test_observations_are_asked_for_by_the_codes_that_are_read(service: TestClient):
    """No other observation leaves the record, and the address is short enough for a server."""
    template = service.get("/cds-services").json()["services"][0]["prefetch"]["observations"]

    assert set(LVEF) <= set(template.split("=")[-1].split(","))
    assert len(template) < 4000


def test_nothing_is_null_or_empty(service: TestClient, patient: list[dict[str, Any]]):
    """JSON members are neither null nor empty, in discovery and in cards."""
    found = service.get("/cds-services").json()
    shown = cards(service, VIEW, call(without(patient, *LVEF)))

    assert empty_members(found) == []
    assert empty_members(shown) == []


# -- calls ----------------------------------------------------------------------------------------


def test_a_chart_gets_an_overview(service: TestClient, patient: list[dict[str, Any]]):
    """One information card: counts in the summary, names and reasons behind it."""
    (card,) = cards(service, VIEW, call(patient))

    assert card["indicator"] == "info"
    counts = r"\d+ options are open; \d+ (is|are) closed; \d+ facts? (is|are) missing"
    assert re.fullmatch(counts, card["summary"])
    assert (
        "Teclistamab: open for discussion; EU off-label, US off-label; 4 myositis patients" in card["detail"]
    )


def test_cards_have_the_attributes_of_the_specification(service: TestClient, patient: list[dict[str, Any]]):
    """uuid, summary below 140 characters, markdown, indicator, source with the knowledge version, links."""
    found = cards(service, VIEW, call(without(patient, *LVEF)))
    found += cards(service, SELECT, ordered(low_ejection_fraction(patient), draft(TECLISTAMAB)))

    assert len(found) == 2
    for card in found:
        assert re.fullmatch(r"[0-9a-f-]{36}", card["uuid"])
        assert 0 < len(card["summary"]) < 140
        assert card["indicator"] in ("info", "warning", "critical")
        assert card["source"]["label"]
        assert card["source"]["topic"]["code"] == "1.0.0"
        assert "sha256:" in card["source"]["topic"]["display"]
        assert card["links"] == [
            {"label": "Open the page of the conference", "url": f"{BASE}/", "type": "absolute"}
        ]


def test_there_are_no_system_actions(service: TestClient, patient: list[dict[str, Any]]):
    """Nothing changes a record by itself."""
    answer = service.post(SELECT, json=ordered(low_ejection_fraction(patient), draft(TECLISTAMAB)))

    assert set(answer.json()) == {"cards"}


def test_what_is_missing_can_be_asked_for(service: TestClient, patient: list[dict[str, Any]]):
    """A suggestion creates a proposed request for the patient of the context, at most one of them."""
    (card,) = cards(service, VIEW, call(without(patient, "infection.pml_history")))
    action = card["suggestions"][0]["actions"][0]

    assert card["selectionBehavior"] == "at-most-one"
    assert card["suggestions"][0]["uuid"] != card["uuid"]
    assert action["type"] == "create"
    assert action["description"]
    assert action["resource"]["resourceType"] == "ServiceRequest"
    assert (action["resource"]["status"], action["resource"]["intent"]) == ("draft", "proposal")
    assert action["resource"]["subject"] == {"reference": "Patient/case"}


def test_every_override_reason_has_a_text(service: TestClient, patient: list[dict[str, Any]]):
    """code, system and display, all of our own list."""
    (card,) = cards(service, SELECT, ordered(low_ejection_fraction(patient), draft(TECLISTAMAB)))

    assert {one["code"] for one in card["overrideReasons"]} == set(OVERRIDE_REASONS)
    assert all(one["system"] and one["display"] for one in card["overrideReasons"])


def test_an_emergency_comes_first(service: TestClient):
    """A critical card that names what is started now."""

    found = cards(service, VIEW, call(example("mda5-emergency")))

    assert found[0]["indicator"] == "critical"
    assert found[0]["summary"].startswith("Emergency: ")
    assert "**Now**" in found[0]["detail"]
    assert found[-1]["indicator"] == "info"


def test_a_conflict_in_the_record_is_shown(service: TestClient, patient: list[dict[str, Any]]):
    """Two values of one day that differ: the field is unknown, and the card says why."""
    low = copy.deepcopy(next(one for one in patient if any(code in str(one.get("code")) for code in LVEF)))
    low["valueQuantity"]["value"] = 35
    (card,) = cards(service, VIEW, call([*patient, low]))

    assert "**Noticed in the record**" in card["detail"]
    assert "lvef" in card["detail"].partition("**Noticed in the record**")[2]


def test_a_patient_without_myositis_gets_no_card(service: TestClient):
    """Nothing to say: 200 with an empty array."""
    assert cards(service, VIEW, call([person(), observation("718-7")])) == []
    assert cards(service, SELECT, ordered([person()], draft(TECLISTAMAB))) == []


def test_an_excluded_drug_gets_a_warning(service: TestClient, patient: list[dict[str, Any]]):
    """By which fact; the draft order may be taken back, by the user alone."""
    (card,) = cards(service, SELECT, ordered(low_ejection_fraction(patient), draft(TECLISTAMAB)))

    assert card["indicator"] == "warning"
    assert card["summary"].startswith("Teclistamab is excluded: ")
    assert "BCMA-X04" in card["detail"]
    assert card["suggestions"][0]["actions"] == [
        {
            "type": "delete",
            "description": "Take the draft order back",
            "resourceId": "MedicationRequest/order-1",
        }
    ]


def test_a_drug_that_cannot_be_judged_says_what_is_missing(
    service: TestClient, patient: list[dict[str, Any]]
):
    """Unknown is never no: without an LVEF the drug is not passed over in silence."""
    (card,) = cards(service, SELECT, ordered(without(patient, *LVEF), draft(TECLISTAMAB)))

    assert card["indicator"] == "info"
    assert card["summary"].startswith("Teclistamab cannot be judged yet: ")
    assert "LVEF" in card["detail"]


def test_an_open_drug_and_an_unknown_one_get_no_card(service: TestClient, patient: list[dict[str, Any]]):
    """Nothing stands against the one, and nothing is known of the other."""
    assert cards(service, SELECT, ordered(patient, draft(TECLISTAMAB), draft(ASPIRIN, "order-2"))) == []


def test_only_selected_orders_are_judged(service: TestClient, patient: list[dict[str, Any]]):
    """An order that stands in the session and was not selected is not looked at."""
    worse = low_ejection_fraction(patient)
    body = ordered(worse, draft(TECLISTAMAB), draft(RITUXIMAB, "order-2"), selections=["order-2"])

    assert not any("Teclistamab" in card["summary"] for card in cards(service, SELECT, body))


def test_a_card_for_an_order_says_the_status_and_little_else(
    service: TestClient, patient: list[dict[str, Any]]
):
    """Off-label stands first; of the many things that would settle an order the first ten are named."""
    body = ordered(without(patient, "33762-6", *LVEF), draft(TECLISTAMAB))

    (card,) = cards(service, SELECT, body)
    listed = [line for line in card["detail"].splitlines() if line.startswith("- ")]

    assert card["detail"].startswith("Teclistamab: data needed; EU off-label, US off-label; 4 myositis")
    assert 1 <= len(listed) <= 11


def test_a_draft_order_is_no_fact(service: TestClient, patient: list[dict[str, Any]]):
    """What is only selected has not been given."""
    (before,) = cards(service, VIEW, call(patient))
    body = ordered(patient, draft(TECLISTAMAB)) | {"hook": "patient-view"}
    (after,) = cards(service, VIEW, body)

    assert after == before


def test_the_same_call_gives_the_same_cards(service: TestClient, patient: list[dict[str, Any]]):
    """Byte for byte; another hook instance gives other uuids."""
    first, again = (service.post(VIEW, json=call(patient)).content for _time in range(2))
    other = call(patient, hookInstance=INSTANCE.replace("d", "e"))

    assert first == again
    assert cards(service, VIEW, other)[0]["uuid"] != json.loads(first)["cards"][0]["uuid"]


def test_what_was_read_a_moment_ago_is_not_taken_for_other_data(patient: list[dict[str, Any]]):
    """The same data are read once; one other value, another day or another knowledge is another record."""
    bundle_, worse = bundle(*patient), bundle(*low_ejection_fraction(patient))
    first = record_of(bundle_, LIBRARY, TODAY)

    assert record_of(copy.deepcopy(bundle_), LIBRARY, TODAY) is first
    assert record_of(worse, LIBRARY, TODAY) is not first
    assert record_of(bundle_, LIBRARY, TODAY + timedelta(1)) is not first
    assert record_of(bundle_, load_knowledge(language="de"), TODAY) is not first
    with ThreadPoolExecutor(1) as other:
        assert other.submit(record_of, bundle_, LIBRARY, TODAY).result() is not first


def test_no_more_records_are_kept_than_may(patient: list[dict[str, Any]]):
    """The last few, and none of them for long."""
    first = record_of(bundle(person(), observation("10230-1")), LIBRARY, TODAY)
    for number in range(65):
        record_of(bundle(person(), observation(f"1-{number}")), LIBRARY, TODAY)

    assert record_of(bundle(person(), observation("10230-1")), LIBRARY, TODAY) is not first


def test_unknown_members_are_passed_over(service: TestClient, patient: list[dict[str, Any]]):
    """Extensions and what a later version adds."""
    more = {"extension": {"com.example": 1}, "fhirServer": "https://fhir.example.org", "future": [1]}

    assert len(cards(service, VIEW, call(patient, **more))) == 1


def test_no_fhir_server_is_called(
    service: TestClient, patient: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
):
    """A token for the client's server is neither used nor shown."""
    import socket

    def refuse(*_given: object, **_more: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket, "create_connection", refuse)
    body = call(
        patient,
        fhirServer="https://fhir.example.org",
        fhirAuthorization={
            "access_token": "secret-token", "token_type": "Bearer", "expires_in": 300, "scope": "x",
            "subject": "y",
        },
    )  # fmt: skip
    answer = service.post(VIEW, json=body)

    assert answer.status_code == 200
    assert "secret-token" not in answer.text


# -- errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["patient", "conditions", "observations"])
def test_missing_data_is_a_failed_precondition(service: TestClient, patient: list[dict[str, Any]], key: str):
    """412 names the keys that were not given."""
    answer = service.post(VIEW, json=call(patient, key))

    assert (answer.status_code, answer.json()["code"]) == (412, "data-missing")
    assert key in answer.json()["detail"]


def test_a_call_without_prefetch_is_a_failed_precondition(service: TestClient, patient: list[dict[str, Any]]):
    """As is one that gives a page of the data with a next one."""
    body = call(patient)
    del body["prefetch"]
    paged = call(patient)
    paged["prefetch"]["observations"]["link"] = [
        {"relation": "next", "url": "https://fhir.example.org?page=2"}
    ]

    assert service.post(VIEW, json=body).status_code == 412
    assert service.post(VIEW, json=paged).status_code == 412


def searched(*modes: str, remark: str = "", **more: Any) -> dict[str, Any]:
    """A search result of these modes, in which a server may warn that it holds not everything."""
    found = bundle(*(observation("718-7") for _mode in modes), form="searchset") | more
    for entry, mode in zip(found["entry"], modes, strict=True):
        entry["search"] = {"mode": mode}
    if remark:
        issue = {"severity": "warning", "code": remark}
        found["entry"].append({"resource": {"resourceType": "OperationOutcome", "issue": [issue]}})
    return found


OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "forbidden"}]}
NEXT = {"relation": "next", "url": "https://fhir.example.org?page=2"}


@pytest.mark.parametrize(
    "value",
    [
        OUTCOME,
        bundle(OUTCOME, form="searchset"),
        bundle(observation("718-7"), OUTCOME, form="searchset"),
        bundle(OUTCOME | {"issue": [{"severity": "fatal"}]}),
        bundle({"resourceType": "OperationOutcome"}),
        {},
        {"entry": []},
        observation("718-7"),
        bundle() | {"link": NEXT},
        bundle() | {"total": 300},
        bundle() | {"total": "300"},
        bundle() | {"total": 300.0},
        bundle() | {"link": NEXT | {"relation": "Next"}},
        searched("match", "include", "include", total=3),
        searched("match", "outcome", total=2),
        searched("match", remark="incomplete"),
        searched("match", remark="too-costly"),
        bundle() | {"entry": [None, 5, {"resource": []}]},
        bundle() | {"entry": {"resource": observation("718-7")}},
    ],
)
@pytest.mark.parametrize("key", ["conditions", "observations"])
def test_a_search_that_failed_is_not_the_data(
    service: TestClient, patient: list[dict[str, Any]], key: str, value: dict[str, Any]
):
    """An error of the server, no Bundle, or one that is not whole: 412, as if it had not been given."""
    body = call(patient)
    body["prefetch"][key] = value
    answer = service.post(VIEW, json=body)

    assert (answer.status_code, answer.json()["code"]) == (412, "data-missing")
    assert key in answer.json()["detail"]


@pytest.mark.parametrize(
    "value",
    [
        searched(),
        searched("match", "match"),
        searched("match", "match", total=2),
        searched("match", "match", total=1),
        searched("match", "include", "outcome", total=1),
        searched("match", total=1, remark="informational"),
        searched("match", total=1, link=[{"relation": "self", "url": "https://x"}, {"relation": "last"}]),
    ],
)
def test_a_search_that_is_whole_is_the_data(
    service: TestClient, patient: list[dict[str, Any]], value: dict[str, Any]
):
    """`total` may be left out, or be less than came; what came beside the matches is not counted."""
    body = call(patient)
    body["prefetch"]["conditions"] = value

    assert service.post(VIEW, json=body).status_code == 200


def test_what_is_not_whole_says_why_and_what_to_do(service: TestClient, patient: list[dict[str, Any]]):
    """An estimate cannot be told from a count, so the answer stays safe and names the way out."""
    body = call(patient)
    body["prefetch"]["conditions"] = searched("match", "include", total=7)
    body["prefetch"]["observations"]["link"] = [NEXT]
    detail = service.post(VIEW, json=body).json()["detail"]

    assert "conditions (its `total` is 7, and 1 of its entries are matches; if that is an estimate" in detail
    assert "`_total=accurate`" in detail
    assert "observations (there are further pages; send the entries of all of them" in detail


def test_a_patient_that_could_not_be_read_is_not_given(service: TestClient, patient: list[dict[str, Any]]):
    """The server's error in his place is a failed precondition, not a wrong call."""
    body = call(patient)
    body["prefetch"]["patient"] = OUTCOME

    assert service.post(VIEW, json=body).status_code == 412


def test_a_search_that_failed_is_named_where_it_is_not_needed(
    service: TestClient, patient: list[dict[str, Any]]
):
    """The card says that the procedures were not given."""
    body = call(patient)
    body["prefetch"]["procedures"] = bundle(OUTCOME)
    (card,) = cards(service, VIEW, body)

    assert "Not given by the record system: procedures" in card["detail"]


@pytest.mark.parametrize(
    "more",
    [
        {"link": 5},
        {"link": True},
        {"link": 10**30},
        {"link": [5, None]},
        {"link": {"relation": "self"}},
        {"total": "many"},
        {"total": True},
        {"total": [300]},
        {"total": 0},
    ],
)
def test_a_strange_link_is_no_fault(
    service: TestClient, patient: list[dict[str, Any]], more: dict[str, object]
):
    """What is no link of a Bundle leads nowhere."""
    body = call(patient)
    body["prefetch"]["observations"] |= more

    assert len(cards(service, VIEW, body)) == 1


def test_what_a_server_remarks_is_no_failure(service: TestClient, patient: list[dict[str, Any]]):
    """A warning about a search beside its results leaves them as they are."""
    body = call(patient)
    remark = {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "informational"}]}
    before = cards(service, VIEW, body)
    entry = {"search": {"mode": "outcome"}, "resource": remark}
    body["prefetch"]["observations"]["entry"].append(entry)

    assert cards(service, VIEW, body) == before


def test_what_a_server_kept_back_is_shown(service: TestClient, patient: list[dict[str, Any]]):
    """Some servers say so beside every answer: the data are taken, and the card names it."""
    body = call(patient)
    issue = {"severity": "warning", "code": "suppressed", "diagnostics": "Notes are not released"}
    remark = {"resourceType": "OperationOutcome", "issue": [issue]}
    body["prefetch"]["observations"]["entry"].append({"search": {"mode": "outcome"}, "resource": remark})
    (card,) = cards(service, VIEW, body)

    assert "the server may have left results out: Notes are not released" in card["detail"]


def test_null_says_that_there_is_nothing(service: TestClient, patient: list[dict[str, Any]]):
    """A key with null was satisfied; a key that is left out is named in the card."""
    body = call(patient, "procedures")
    body["prefetch"]["medicationRequests"] = None
    (card,) = cards(service, VIEW, body)

    assert "Not given by the record system: procedures" in card["detail"]


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("hook", "order-sign"),
        ("hook", None),
        ("hookInstance", "1"),
        ("hookInstance", None),
        ("context", {"userId": "Practitioner/1"}),
        ("context", {"patientId": "case"}),
        ("context", []),
        ("context", {"userId": "Practitioner/1", "patientId": "case\n"}),
        ("hookInstance", "d1577c69dfbe44adba6d3e05e953b2ea"),
        ("context", {"userId": "Practitioner/1", "patientId": "case", "selections": [""]}),
        ("context", {"userId": "Practitioner/1", "patientId": "case", "draftOrders": []}),
        ("prefetch", []),
        ("prefetch", None),
        ("prefetch", {"patient": "case"}),
        ("fhirServer", 1),
        ("fhirAuthorization", "token"),
    ],
)
def test_a_call_that_is_none_is_refused(
    service: TestClient, patient: list[dict[str, Any]], member: str, value: object
):
    """What the specification requires of a request is checked."""
    answer = service.post(VIEW, json=call(patient) | {member: value})

    assert (answer.status_code, answer.json()["code"]) == (422, "wrong-call")


def test_an_order_call_needs_its_context(service: TestClient, patient: list[dict[str, Any]]):
    """selections and draftOrders."""
    for field in ("selections", "draftOrders"):
        body = ordered(patient, draft(TECLISTAMAB))
        del body["context"][field]

        assert service.post(SELECT, json=body).status_code == 422


def test_data_of_another_patient_are_not_taken(service: TestClient, patient: list[dict[str, Any]]):
    """The Patient is the one of the context; nobody else's result is taken for his."""
    other = call(patient)
    other["context"]["patientId"] = "somebody-else"
    low = observation(
        LVEF[0],
        "2026-10-11",
        subject={"reference": "Patient/somebody-else"},
        valueQuantity={"value": 20, "system": "http://unitsofmeasure.org", "code": "%"},
    )

    assert service.post(VIEW, json=other).status_code == 422
    assert "Teclistamab: open for discussion" in cards(service, VIEW, call([*patient, low]))[0]["detail"]


def test_other_errors_are_problems(service: TestClient):
    """404 for a service that is none, 400 for no JSON, 415 for another type."""
    headers = {"content-type": "application/json"}

    assert service.post("/cds-services/another", json={}).status_code == 404
    assert service.post(VIEW, content=b"{", headers=headers).status_code == 400
    assert service.post(VIEW, content=b"a: b", headers={"content-type": "text/yaml"}).status_code == 415


# -- feedback and the log -------------------------------------------------------------------------


def feedback(card: str, **more: Any) -> dict[str, Any]:
    return {"card": card, "outcome": "overridden", "outcomeTimestamp": "2026-10-12T10:00:00Z", **more}


def test_feedback_is_recorded(tmp_path: Path, patient: list[dict[str, Any]]):
    """Accepted and overridden, with reason and comment, each an entry; the assessment names the card."""
    url = f"sqlite:///{tmp_path}/log.db"
    with client(Settings(log_url=url, reload_seconds=0)) as service:
        answer = service.post(VIEW, json=call(without(patient, *LVEF)))
        card = answer.json()["cards"][0]
        reason = {"code": "trial", "system": card["overrideReasons"][0]["system"]}
        accepted = {"outcome": "accepted", "acceptedSuggestions": [{"id": card["uuid"]}]}
        given = service.post(
            f"{VIEW}/feedback",
            json={
                "feedback": [
                    feedback(card["uuid"], overrideReason={"reason": reason, "userComment": "Randomised."}),
                    feedback(card["uuid"]),
                    feedback(card["uuid"], **accepted),
                ]
            },
        )
    rows = list(stored_rows(url))
    entries: list[Any] = [plain(row.text) for row in rows]

    assert (given.status_code, given.json()) == (200, {"recorded": 3})
    assert answer.headers["escalate-log-entry"] == "1"
    assert entries[0]["asked_by"] == {
        "service": "escalate-patient-view", "instance": INSTANCE, "cards": [card["uuid"]],
    }  # fmt: skip
    assert [entry["kind"] for entry in entries] == ["assessment", "feedback", "feedback", "feedback"]
    assert entries[1]["card"] == card["uuid"]
    assert (entries[1]["reason"], entries[1]["comment"]) == (reason, "Randomised.")
    assert (entries[2]["outcome"], entries[2]["reason"]) == ("overridden", None)
    assert entries[3]["accepted"] == [card["uuid"]]
    assert tamperings(rows)[0] == ()


def test_a_recorded_call_can_be_replayed(tmp_path: Path, patient: list[dict[str, Any]]):
    """With its input the log keeps the data of the call, of which its digest is: the same verdicts again."""
    from click.testing import CliRunner

    from escalate.commands import cli

    url = f"sqlite:///{tmp_path}/log.db"
    named = [patient[0] | {"name": [{"family": "Müller \u2028\ud800"}]}, *patient[1:]]
    with client(Settings(log_url=url, log_input=True, reload_seconds=0)) as service:
        first = call(named)
        second = ordered(low_ejection_fraction(named), draft(TECLISTAMAB))
        headers = {"content-type": "application/json"}
        for path, body in ((VIEW, first), (SELECT, second)):
            assert service.post(path, content=json.dumps(body), headers=headers).status_code == 200
    kept = [plain(row.text) for row in stored_rows(url)]
    done = CliRunner().invoke(cli, ["replay", url])

    assert [json.loads(one["input"]["text"])["resourceType"] for one in kept if one] == ["Bundle"] * 2
    assert done.exit_code == 0, done.output
    assert "2 recorded assessments: 2 replayed, 2 the same, 0 changed" in done.output


def test_feedback_is_shown_by_the_command(tmp_path: Path):
    """`escalate log show` reads it, and `escalate replay` passes it over."""
    from click.testing import CliRunner

    from escalate.commands import cli

    url = f"sqlite:///{tmp_path}/log.db"
    with client(Settings(log_url=url, reload_seconds=0)) as service:
        service.post(f"{VIEW}/feedback", json={"feedback": [feedback("card-1")]})
    shown = CliRunner().invoke(cli, ["log", "show", url]).output

    assert "card card-1 of escalate-patient-view: overridden" in shown


@pytest.mark.parametrize("when", ["2026-10-12T10:00:00Z", "2026-10-12T12:00:00.123456789+02:00"])
def test_an_outcome_is_of_an_instant(tmp_path: Path, when: str):
    """Date, time and zone, as FHIR's instant says; the log has it in UTC."""
    url = f"sqlite:///{tmp_path}/log.db"
    with client(Settings(log_url=url, reload_seconds=0)) as service:
        body = {"feedback": [feedback("card-1", outcomeTimestamp=when)]}
        answer = service.post(f"{VIEW}/feedback", json=body)
    (entry,) = (plain(row.text) for row in stored_rows(url))

    assert answer.status_code == 200
    assert str((entry or {})["outcome_at"]).startswith("2026-10-12T10:00:00")


def test_feedback_without_a_log_is_not_taken(service: TestClient):
    """Nothing is said to be recorded that is not."""
    answer = service.post(f"{VIEW}/feedback", json={"feedback": [feedback("card-1")]})

    assert (answer.status_code, answer.json()["code"]) == (404, "no-log")


@pytest.mark.parametrize(
    "wrong",
    [
        {"feedback": []},
        {},
        {"feedback": [feedback("c", outcome="ignored")]},
        {"feedback": [feedback("c", outcome="accepted")]},
        {"feedback": [{"card": "c", "outcome": "overridden"}]},
        *(
            {"feedback": [feedback("c", outcomeTimestamp=when)]}
            for when in (
                "yesterday",
                0,
                "0",
                1760263200,
                True,
                None,
                "2026-10-12",
                "2026-10-12T10:00:00",
                "2026-10-12T10:00Z",
                "2026-10-12 10:00:00Z",
                "2026-10-12T10:00:00+25:00",
                "2026-02-30T10:00:00Z",
                "9999-12-31T23:59:59-12:00",
                "0001-01-01T00:00:00+14:00",
            )
        ),
    ],
)
def test_feedback_of_another_shape_is_refused(tmp_path: Path, wrong: dict[str, Any]):
    """As the specification says what it holds; nothing is recorded then."""
    file = tmp_path / "log.db"
    with client(Settings(log_url=f"sqlite:///{file}", reload_seconds=0)) as service:
        answer = service.post(f"{VIEW}/feedback", json=wrong)

    assert answer.status_code == 422
    assert not file.exists()


# -- texts ----------------------------------------------------------------------------------------


def test_markdown_of_a_stranger_is_text():
    """A link or HTML in a patient's record is shown as it was written."""
    assert marked("[a](http://b) <b>*x*") == r"\[a\]\(http://b\) \<b\>\*x\*"


def test_a_summary_is_cut_to_its_limit():
    """At 139 characters, on one line."""
    assert len(cut("word \n" * 100)) <= 139
    assert cut("short") == "short"


def test_german_cards():
    """The language of the service."""
    with client(Settings(language="de", reload_seconds=0)) as service:
        found = service.get("/cds-services").json()["services"]
        assert "Myositis" in found[0]["title"]
        assert found[0]["title"] != SERVICES["escalate-patient-view"].title
