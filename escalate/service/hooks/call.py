"""A call of a CDS service: what must be in it, and the resources that came with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from escalate.service.details import Refusal
from escalate.service.hooks.drafts import Draft, Subject, entries, selected
from escalate.service.hooks.prefetch import why_not
from escalate.service.hooks.services import REQUIRED, SERVICES, Service, prefetch_keys
from escalate.service.hooks.shape import an_object, wrong
from escalate.texts import _

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_FIELDS = {field: kind for one in SERVICES.values() for field, kind in one.context}


@dataclass(frozen=True, slots=True)
class Call:
    """One call; `bundle` holds every resource of its prefetch, `not_given` the keys that came without data.

    `drafts` are the selected draft orders; none for a chart.
    """

    service: str
    instance: str
    patient_id: str
    bundle: Mapping[str, Any]
    not_given: tuple[str, ...]
    drafts: tuple[Draft, ...] = ()


def read_call(service: Service, body: object) -> Call:
    """The call of this body. Fields that are not known are passed over.

    Raises: Refusal: 422 where it is not a call of this service, 412 where needed data are missing.
    """
    whole = an_object(body, "body")
    if whole.get("hook") != service.hook:
        raise wrong(_("`hook` is `{hook}` here").format(hook=service.hook))
    instance = _uuid(whole.get("hookInstance"))
    context = _context(whole, service)
    patient_id = str(context["patientId"])
    if "fhirAuthorization" in whole:
        an_object(whole["fhirAuthorization"], "fhirAuthorization")
    server = whole.get("fhirServer", "https://")
    if not isinstance(server, str) or not server.startswith(("https://", "http://")):
        raise wrong(_("`fhirServer` is an address"))
    fetched = an_object(whole["prefetch"], "prefetch") if "prefetch" in whole else {}
    for key, value in fetched.items():
        if value is not None:
            an_object(value, f"prefetch.{key}")
    lacking = {key: why_not(fetched, key) for key in prefetch_keys()}
    missing = [f"{key} ({lacking[key]})" for key in REQUIRED if lacking[key]]
    if missing:
        said = _("these prefetch data are needed and were not given, or not whole: {keys}")
        raise Refusal(412, "data-missing", said.format(keys=", ".join(missing)))
    patient = an_object(fetched["patient"], "prefetch.patient")
    if patient.get("resourceType") != "Patient" or patient.get("id") != patient_id:
        raise wrong(_("`prefetch.patient` is not the patient of the context"))
    keys = [key for key, why in lacking.items() if not why]
    sent = [one for key in keys for one in entries(fetched[key])]
    drafts: tuple[Draft, ...] = ()
    if "selections" in dict(service.context):
        subject = Subject.of(patient, whole.get("fhirServer", ""))
        drafts = selected(context["selections"], context["draftOrders"], sent, subject)
    return Call(
        service=service.id,
        instance=instance,
        patient_id=patient_id,
        bundle={"resourceType": "Bundle", "type": "collection", "entry": [_entry(*one) for one in sent]},
        not_given=tuple(key for key, why in lacking.items() if why),
        drafts=drafts,
    )


def _context(whole: Mapping[str, Any], service: Service) -> Mapping[str, Any]:
    """The context of the hook, with the fields that it must have; none has a wrong type."""
    context = an_object(whole.get("context"), "context")
    needed = dict(service.context)
    for field, kind in _FIELDS.items():
        is_there = field in context or field in needed
        value = context.get(field)
        odd = isinstance(value, str) and not value.isprintable()
        if is_there and (odd or not isinstance(value, kind) or (field in needed and not value)):
            raise wrong(_("`context.{field}` is missing, or not what the hook says").format(field=field))
    if not all(isinstance(one, str) and one and one.isprintable() for one in context.get("selections", ())):
        raise wrong(_("`context.selections` names draft orders"))
    return context


def _entry(full: str, resource: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"fullUrl": full, "resource": resource} if full else {"resource": resource}


def _uuid(value: object) -> str:
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise wrong(_("`hookInstance` is a UUID"))
    return value.lower()
