"""From a call to its cards: the record is read, the patient assessed, and only what matters here is said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from escalate.assessment import Assessment
from escalate.fhir.model import Understood, Use
from escalate.files.decision_log.entries import Given, assessment_entry
from escalate.library.model import Library
from escalate.problems import UsageError
from escalate.service.answers import Answer, Recording
from escalate.service.hooks.call import Call
from escalate.service.hooks.cards import Board, order_card, patient_cards, unclear_card, uuids
from escalate.service.hooks.lately import record_of
from escalate.service.hooks.orders import therapy_of
from escalate.texts import speaking

ENTITY = "diagnosis.entity"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the service stands: the address of its page, and the day."""

    page: str
    today: date


def answered(library: Library, call: Call, place: Place, recording: Recording | None) -> Answer:
    """The body of the answer to a call: `{"cards": [...]}`, empty where there is nothing to say.

    Raises: PatientRefused where what was understood contradicts the patient file's own rules.
    """
    with speaking(library.language):
        cards, assessment, understood = _cards(library, call, place)
        body = json.dumps({"cards": cards}, ensure_ascii=False).encode()
        if recording is None or assessment is None:
            return Answer(body)
        entry = {
            **assessment_entry(assessment, _given(understood, recording), datetime.now(UTC)),
            "asked_by": {"service": call.service, "instance": call.instance, "cards": uuids(cards)},
        }
        return Answer(body, entry)


def _cards(
    library: Library, call: Call, place: Place
) -> tuple[list[dict[str, Any]], Assessment | None, Understood]:
    board = Board(call, library, place.page)
    record = record_of(call.bundle, library, place.today)
    understood = record.understood
    # Most charts that are opened are of somebody else's patients: nobody is told that they have no myositis.
    if not any(fact.field == ENTITY for fact in understood.facts):
        hinted = [word for hint in understood.hints if hint.field == ENTITY for word in hint.words]
        shown = hinted and not call.orders
        return [unclear_card(board, hinted)] if shown else [], None, understood
    selected = {ref: therapy_of(order, library) for ref, order in call.orders}
    if call.service == "escalate-order-select" and not any(selected.values()):
        return [], None, understood  # none of the selected orders is a drug that is assessed
    assessment = record.assessment
    if call.service == "escalate-order-select":
        return _order_cards(board, assessment, selected), assessment, understood
    unread = [f"{one.resource}: {one.reason}" for one in understood.entries if one.use is Use.REJECTED]
    return patient_cards(board, assessment, unread), assessment, understood


def _order_cards(
    board: Board, assessment: Assessment, selected: Mapping[str, str | None]
) -> list[dict[str, Any]]:
    cards = []
    for order, therapy in selected.items():
        if therapy is None:
            continue
        try:
            card = order_card(board, assessment, therapy, order)
        except UsageError:  # not looked at in this patient's scope
            continue
        if card is not None:
            cards.append(card)
    return cards


def _given(understood: Understood, recording: Recording) -> Given:
    """What the log keeps; the text, where it is kept, is the patient file that was understood."""
    if not recording.keep_input:
        return Given(overlay_digest=recording.overlay_digest)
    text = "\n".join(understood.patient_document.lines)
    return Given(overlay_digest=recording.overlay_digest, text=text, form="yaml")
