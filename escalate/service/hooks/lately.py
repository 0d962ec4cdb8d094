"""Who was read a moment ago: an order follows its chart, and each detail of it, with the very same data.

Kept are the last few records of each thread, for a minute: no thread sees what another one works on.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Mapping
from datetime import date
from threading import local
from typing import Any

from escalate.assessment import Assessment, assess
from escalate.fhir.model import Understood
from escalate.fhir.read import digest_of, read_bundle
from escalate.library.model import Library
from escalate.patient.reader import read_patient

_MOST = 64
_SECONDS = 60.0


class Record:
    """One patient's resources as they were understood, and what is assessed of them once it is asked for."""

    def __init__(self, bundle: Mapping[str, Any], library: Library, today: date, sha256: str) -> None:
        """Raises: PatientRefused."""
        self.understood: Understood = read_bundle(bundle, library, today=today, sha256=sha256)
        self.read_at = time.monotonic()
        self._library, self._today = library, today
        self._assessment: Assessment | None = None

    @property
    def assessment(self) -> Assessment:
        """The assessment of the patient. Raises: PatientRefused, EnginesDisagree."""
        if self._assessment is None:
            document = self.understood.patient_document
            patient = read_patient(document, self._library, today=self._today)
            self._assessment = assess(patient, self._library)
        return self._assessment


class _Kept(local):
    def __init__(self) -> None:
        self.records: OrderedDict[tuple[str, str, str, date], Record] = OrderedDict()


_kept = _Kept()


def record_of(bundle: Mapping[str, Any], library: Library, today: date) -> Record:
    """The record of these resources under this knowledge on this day. Raises: PatientRefused."""
    digest, records, now = digest_of(bundle), _kept.records, time.monotonic()
    for old in [key for key, one in records.items() if now - one.read_at > _SECONDS]:
        del records[old]
    key = (digest, library.digest, library.language, today)
    if key not in records:
        records[key] = Record(bundle, library, today, digest)
        if len(records) > _MOST:
            records.popitem(last=False)
    return records[key]
