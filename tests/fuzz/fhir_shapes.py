"""FHIR that is well-formed JSON and of any shape: a record with pieces replaced, dropped, doubled and moved.

    python tests/fuzz/fhir_shapes.py --seconds 60 [--seed N]

prints how many records were made, how many were read or refused, and what became of their entries.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from copy import deepcopy
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))  # run as a script, it is not found as a part of the tests

from fhir_bundles import LIBRARY, bundle, resources_of  # noqa: E402

from escalate.fhir.mapping_report import mapping_document, mapping_report  # noqa: E402
from escalate.fhir.patient_file import patient_file  # noqa: E402
from escalate.fhir.read import read_bundle  # noqa: E402
from escalate.files.json_text import dumps  # noqa: E402
from escalate.files.patient_file import load_patient, patient_of  # noqa: E402
from escalate.patient.reader import read_patient  # noqa: E402
from escalate.problems import PatientRefused  # noqa: E402

DAY = date(2026, 10, 12)
LEAVES: tuple[Any, ...] = (
    None, True, False, 0, -1, 3, 10**400, 0.1, float("nan"), float("inf"), Decimal("1E+999"), Decimal("-0"),
    "", "x", "\ud800", "\x1b[31m", "\u202eabc", "null", "true", "1:320", "2026", "2026-13", "2026-02-30",
    "0000-01-01", "2026-10-12T25:00:00Z", "2026-10-12T10:00:00+99:99", "9" * 5_000, "#", "#m",
    "Patient/case", "urn:uuid:x", "final", "entered-in-error", "http://loinc.org",
    "http://unitsofmeasure.org", "2157-6", "L01FA01", "<", ">=",
    [], {}, [[]], [{}], [None], {"": None},
    {"resourceType": "Bundle", "type": "collection", "entry": [None]},
    {"coding": [{"system": "http://loinc.org", "code": "2157-6"}]},
    {"value": "1", "code": []}, {"reference": {}},
)  # fmt: skip
NAMES = ("value", "code", "status", "subject", "valueQuantity", "component", "comparator", "extension")


def record() -> dict[str, Any]:
    """A whole record: the example patient by LOINC, ATC and own codes."""
    return bundle(*resources_of(load_patient(ROOT / "examples" / "refractory-antisynthetase.yaml", LIBRARY)))


def damaged(whole: dict[str, Any], chance: random.Random, changes: int) -> Any:
    """The record with some of its pieces changed; some twenty of its entries are kept."""
    value = deepcopy(whole)
    entries = value["entry"]
    value["entry"] = [entries[0], *chance.sample(entries[1:], min(20, len(entries) - 1))]
    for _ in range(changes):
        _change(value, chance)
    return value


def _change(value: Any, chance: random.Random) -> None:
    """One piece, found by walking down at random, is replaced, dropped, doubled or named otherwise."""
    here = value
    if chance.random() < 0.97 and isinstance(value.get("entry"), list) and value["entry"]:
        # Mostly inside an entry: a record that is none at all is refused before anything is read.
        here = chance.choice(value["entry"])
        here = here if isinstance(here, dict) else value
    while True:
        keys = list(here) if isinstance(here, dict) else list(range(len(here)))
        if not keys:
            return
        key = chance.choice(keys)
        inside = here[key]
        if isinstance(inside, dict | list) and inside and chance.random() < 0.8:
            here = inside
            continue
        what = chance.random()
        if what < 0.6:
            here[key] = deepcopy(chance.choice(LEAVES))
        elif what < 0.8:
            del here[key]
        elif isinstance(here, list):
            here.append(deepcopy(inside))
        else:
            here[chance.choice(NAMES)] = here.pop(key)
        return


def judged(value: Any) -> tuple[str, list[str]]:
    """`read` or the code of the refusal, and what became of the entries; any other end is a finding.

    What is understood is reported as text and JSON that can be encoded, read as a patient, and written as a
    patient file that says the same.
    """
    try:
        found = read_bundle(value, LIBRARY, today=DAY)
    except PatientRefused as refusal:
        str(refusal).encode()
        return refusal.problems[0].code, []
    mapping_report(found).encode()
    dumps(mapping_document(found)).encode()
    text = patient_file(found, LIBRARY, DAY)
    # Each value was taken by itself and is taken again.
    patient = read_patient(found.patient_document, LIBRARY, today=DAY)
    again = patient_of(text.encode(), "imported.yaml", LIBRARY, today=DAY)
    assert _values(again.values) == _values(patient.values)
    return "read", [str(entry.use) for entry in found.entries]


def _values(values: Any) -> dict[str, Any]:
    return {
        name: (v.value, v.low, v.high, v.never) for name, v in sorted(values.items()) if name != "assessed_on"
    }


def main() -> None:
    """Count for some seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    whole, ends, uses = record(), Counter[str](), Counter[str]()
    begun, seed, slowest = time.monotonic(), arguments.seed, 0.0
    while time.monotonic() - begun < arguments.seconds:
        chance = random.Random(seed)
        value = damaged(whole, chance, chance.randint(1, 12))
        started = time.process_time()
        try:
            end, entries = judged(value)
        except Exception:
            print(f"finding: seed {seed}")
            raise
        slowest = max(slowest, time.process_time() - started)
        ends[end] += 1
        uses.update(entries)
        seed += 1
    print(f"{seed - arguments.seed} records: {dict(ends)}; entries: {dict(uses)}; slowest {slowest:.3f} s")


if __name__ == "__main__":
    main()
