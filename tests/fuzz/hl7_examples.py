"""HL7's own examples through the FHIR reader: each is read or refused, reported, and imported as it is read.

    npm pack hl7.fhir.r4.examples && tar xzf hl7.fhir.r4.examples-*.tgz
    python tests/fuzz/hl7_examples.py package

prints how many files were read or refused (most are ValueSets and profiles, of no patient), and what became
of the entries. The files are no part of the repository.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from escalate import load_knowledge  # noqa: E402
from escalate.fhir.mapping_report import mapping_report  # noqa: E402
from escalate.fhir.patient_file import patient_file  # noqa: E402
from escalate.files.fhir_file import patient_from, understood_of  # noqa: E402
from escalate.files.patient_file import is_fhir, patient_of  # noqa: E402
from escalate.problems import PatientRefused  # noqa: E402

DAY = date(2026, 10, 12)


def main() -> None:
    """Read every JSON file of a folder; any other end than an answer or a refusal is a finding."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    library, ends, uses = load_knowledge(), Counter[str](), Counter[str]()
    for path in sorted(parser.parse_args().folder.glob("*.json")):
        raw = path.read_bytes()
        if not is_fhir(raw):
            ends["no FHIR"] += 1
            continue
        try:
            found = understood_of(raw, path.name, library, DAY)
        except PatientRefused as refusal:
            ends[refusal.problems[0].code] += 1
            continue
        mapping_report(found).encode()
        patient_from(found, library, today=DAY)
        patient_of(patient_file(found, library, DAY).encode(), "imported.yaml", library, today=DAY)
        ends["read"] += 1
        uses.update(str(entry.use) for entry in found.entries)
    print(f"{ends.total()} files: {dict(ends)}; entries: {dict(uses)}")


if __name__ == "__main__":
    main()
