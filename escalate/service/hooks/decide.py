"""From a call to its cards: the record is read, the patient assessed, and only what matters here is said."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from escalate.assessment import Assessment
from escalate.fhir.model import Use
from escalate.fhir.read import canonical_text
from escalate.files.decision_log.entries import Given, assessment_entry
from escalate.library.model import Library
from escalate.problems import UsageError
from escalate.service.answers import Answer, Recording
from escalate.service.hooks.call import Call
from escalate.service.hooks.cards import (
    Board,
    death_card,
    not_judged_card,
    order_card,
    patient_cards,
    unclear_card,
    uuids,
)
from escalate.service.hooks.lately import record_of
from escalate.service.hooks.orders import Ordered, ordered
from escalate.texts import _, speaking

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
        cards, assessment = _cards(library, call, place)
        body = json.dumps({"cards": cards}, ensure_ascii=False).encode()
        if recording is None or assessment is None:
            return Answer(body)
        entry = {
            **assessment_entry(assessment, _given(call, recording), datetime.now(UTC)),
            "asked_by": {"service": call.service, "instance": call.instance, "cards": uuids(cards)},
        }
        return Answer(body, entry)


def _cards(library: Library, call: Call, place: Place) -> tuple[list[dict[str, Any]], Assessment | None]:
    board = Board(call, library, place.page)
    record = record_of(call.bundle, library, place.today)
    understood = record.understood
    is_order = call.service == "escalate-order-select"
    orders = [one for draft in call.drafts if (one := ordered(draft, library)) is not None]
    # Nothing may stand against a drug, and it would be ordered for nobody.
    deaths = [death_card(board, said) for said in understood.deaths[:1] if orders]
    # Most charts that are opened are of somebody else's patients: nobody is told that they have no myositis.
    if not any(fact.field == ENTITY for fact in understood.facts):
        hinted = [word for hint in understood.hints if hint.field == ENTITY for word in hint.words]
        if not hinted:
            return [], None
        if not is_order:
            return [unclear_card(board, hinted)], None
        unclear = _("which myositis is recorded is not clear from the codes")
        return [*deaths, *(_not_judged(board, one, one.why or unclear) for one in orders)], None
    if is_order:
        # Without a drug that is assessed there is nothing to assess for.
        assessment = record.assessment if any(one.therapy for one in orders) else None
        return [*deaths, *_order_cards(board, assessment, orders)], assessment
    unread = [f"{one.resource}: {one.reason}" for one in understood.entries if one.use is Use.REJECTED]
    return patient_cards(board, record.assessment, unread, understood.notes), record.assessment


def _order_cards(
    board: Board, assessment: Assessment | None, orders: Sequence[Ordered]
) -> Iterator[dict[str, Any]]:
    for one in orders:
        if assessment is None or one.therapy is None:
            yield _not_judged(board, one, one.why)
            continue
        try:
            card = order_card(board, assessment, one.therapy, one.order)
        except UsageError:  # not looked at in this patient's scope
            scope = [alert.title for alert in assessment.proposal.alerts if alert.kind == "scope"]
            outside = _("this patient is outside what is assessed here")
            card = _not_judged(board, one, scope[0] if scope else outside)
        if card is not None:
            yield card


def _not_judged(board: Board, one: Ordered, why: str) -> dict[str, Any]:
    return not_judged_card(board, one.order, one.name, why)


def _given(call: Call, recording: Recording) -> Given:
    """What the log keeps; its text, where it is kept, is the prefetched data, of which the digest is."""
    if not recording.keep_input:
        return Given(overlay_digest=recording.overlay_digest)
    return Given(overlay_digest=recording.overlay_digest, text=canonical_text(call.bundle), form="json")
