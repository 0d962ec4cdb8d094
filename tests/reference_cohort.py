"""The reference cohort: 2,000 synthetic patients, the same on every machine. Run as a script it writes them.

tests/cohort/reference.jsonl.gz holds one patient file as JSON a line (for `kb diff` and `kb mutate`):

- The *drawn* patients. Age, sex, length of disease, each organ, each earlier drug and each antibody are drawn
  for themselves, as often as in the 18 patients of the teclistamab series (S2, Table 1). The dossier gives no
  frequencies of entities, so these are drawn evenly. Laboratory values, and what an organ does to its tests,
  are spread over the numbers that rules compare with, a step to either side: the margins of the rules, and no
  epidemiology. A few values are missing, as in a chart.
- The *directed* patients behind them: patients of vignettes, taken one after another for the rules that none
  of the first drawn ones fires. They are no sample of anything, and stay as they are when a vignette changes.

The fields and margins of the day on which the file was written stand in reference_cohort_margins.json: a rule
that changes afterwards meets the same patients.

No row of the series stays together, so no patient of it is in the file.
"""

from __future__ import annotations

import copy
import gzip
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import yaml

from escalate import load_knowledge
from escalate.audit.observe import Observation, observer
from escalate.files.vignettes import vignette_cases
from escalate.files.yaml_reader import read_text
from escalate.language.evaluate import tests_of
from escalate.language.tree import Compare
from escalate.library.model import FactType, Library
from escalate.nodes import Document, Mapping, Node, Scalar
from escalate.nodes import Sequence as SequenceNode
from escalate.patient.model import Patient
from escalate.patient.reader import read_patient
from escalate.problems import PatientRefused
from escalate.truth import Truth

HERE = Path(__file__).parent
FILE = HERE / "cohort" / "reference.jsonl.gz"
MARGINS = HERE / "reference_cohort_margins.json"
Margins = dict[str, Any]
SIZE = 2000
SEED = 20261012
TODAY = date(2026, 10, 12)
LOOKED_AT = 300  # so many drawn patients are asked which rules they fire; the directed ones fire the rest

# The 18 patients of the series, column by column.
AGES = (23, 49, 48, 42, 49, 48, 57, 55, 49, 36, 35, 55, 47, 63, 37, 39, 57, 53)
FEMALE = 13
YEARS = (3, 3, 7, 22, 6, 2, 0.5, 1, 4, 2, 1, 2, 0.5, 0.5, 20, 18, 7, 0.5)
DRUGS_A_PATIENT = (10, 5, 9, 9, 5, 3, 5, 3, 4, 7, 2, 3, 7, 3, 11, 9, 5, 4)
ORGANS = {"skin": 14, "ild": 12, "joints": 11, "heart": 7, "gut": 7, "muscle": 7, "kidney": 2, "pah": 1}
DRUGS = {
    "mycophenolate": 13, "rituximab": 13, "cyclophosphamide": 12, "prednisolone": 9, "methotrexate": 8,
    "hydroxychloroquine": 6, "azathioprine": 4, "ivig": 4, "anifrolumab": 3, "daratumumab": 3,
    "plasma_exchange": 3, "nintedanib": 3, "belimumab": 2, "tocilizumab": 2, "tofacitinib": 2,
    "baricitinib": 2, "leflunomide": 2, "abatacept": 2, "autologous_hsct": 1, "ciclosporin": 1,
    "tacrolimus": 1, "etanercept": 1, "certolizumab": 1,
}  # fmt: skip
ANTIBODIES = {
    "SSA": 6, "Scl-70": 6, "U1-RNP": 2, "Jo-1": 2, "CENP-B": 2, "PM-Scl75": 1, "PM-Scl100": 1, "Ku": 1,
    "MDA5": 1, "RuvBL1/2": 1,
}  # fmt: skip
# Antibodies that the series had nobody with, each as often as one patient of it.
FURTHER = ("Mi-2", "TIF1-gamma", "NXP2", "SRP", "HMGCR", "PL-7", "SAE", "cN1A")

_BY_ORGAN = {
    "skin": "skin.",
    "ild": "lung.",
    "heart": "heart.",
    "muscle": "muscle.",
}
_ALWAYS = (
    "labs.", "infection.", "comorbidities.", "activity.", "swallowing.", "centre.", "demographics.",
    "diagnosis.",
)  # fmt: skip
_FIXED = ("diagnosis.entity", "demographics.age_years", "demographics.sex", "lung.ild", "muscle.mmt8_scale")
_RESPONSES = ("none", "none", "none", "minimal", "moderate", "worsening", "relapse_after_response")


def drawn(margins: Margins, count: int = SIZE) -> Iterator[str]:
    """The drawn patients, one line of JSON each."""
    for number in range(count):
        random = Random(f"{SEED} {number}")
        patient = copy.deepcopy(margins["normal"])
        patient |= {"id": f"reference-{number + 1:04}", "assessed_on": TODAY.isoformat()}
        organs = _describe(patient, random, margins)
        _spread(patient, random, margins, organs)
        yield _line(patient)


def _describe(patient: dict[str, Any], random: Random, margins: Margins) -> set[str]:
    """Who it is, what is ill, and what was given; the organs are given back."""
    entity = random.choice(margins["entities"])
    years = random.choice(YEARS)
    female = random.random() < FEMALE / 18
    age = max(18, round(random.gauss(random.choice(AGES), 5)))
    patient["demographics"] |= {"age_years": age, "sex": "female" if female else "male"}
    if female and age < 50:
        patient["demographics"] |= {"childbearing_potential": True, "contraception": random.random() < 0.5}
        patient["demographics"]["pregnancy"] = "not_pregnant"
    patient["diagnosis"] |= {"entity": entity, "disease_duration_months": int(12 * years)}
    organs = {organ for organ, of_18 in ORGANS.items() if random.random() < of_18 / 18}
    if "myositis" in entity or entity == "antisynthetase_syndrome":
        organs.add("muscle")
    patient["antibodies"] = [
        {"name": name, "result": "positive", "strength": random.choice(("weak", "moderate", "strong"))}
        for name, of_18 in {**ANTIBODIES, **dict.fromkeys(FURTHER, 1)}.items()
        if random.random() < of_18 / 18
    ]
    patient["joints"]["active_arthritis"] = "joints" in organs
    patient["gut"]["involvement"] = "gut" in organs
    patient["kidney"]["involvement"] = "kidney" in organs
    patient["skin"]["involvement"] = "skin" in organs
    patient["muscle"]["involvement"] = "muscle" in organs
    patient["heart"]["involvement"] = "present" if "heart" in organs else "none"
    if "pah" in organs:
        patient["heart"]["pulmonary_arterial_hypertension"] = random.choice(("suspected", "proven"))
    patient["lung"]["ild"] = "ild" in organs
    if "ild" in organs:
        patterns = ("nsip", "op", "nsip_op", "uip", "dad", "other")
        patient["lung"]["hrct"] |= {
            "pattern": random.choice(patterns),
            "extent_percent": random.randint(2, 45),
        }
    if "muscle" in organs:
        patient["muscle"] |= {"mmt8": random.randint(90, 149), "ck_u_per_l": random.randint(120, 9000)}
        patient["activity"] |= {"physician_global_0_10": random.randint(2, 9)}
    patient["therapies"] = _history(random, years)
    return organs


def _history(random: Random, years: float) -> list[dict[str, Any]]:
    """Earlier drugs one after another within the length of the disease; the last may be going on."""
    names = list(DRUGS)
    count = min(random.choice(DRUGS_A_PATIENT), len(names))
    chosen: list[str] = []
    while len(chosen) < count:
        (name,) = random.choices(names, weights=list(DRUGS.values()))
        if name not in chosen:
            chosen.append(name)
    days = max(int(365 * years) // max(count, 1), 20)
    start = TODAY - timedelta(days=days * count)
    history = []
    for place, name in enumerate(chosen):
        begin = start + timedelta(days=days * place)
        end = min(
            begin + timedelta(days=days - 1), TODAY - timedelta(days=random.choice((5, 20, 40, 120, 200)))
        )
        entry: dict[str, Any] = {"drug": name, "started_on": begin.isoformat()}
        if place == count - 1 and random.random() < 0.4:
            entry["status"] = "ongoing"
        else:
            end = max(end, begin)
            entry |= {"status": "past", "stopped_on": end.isoformat(), "last_dose_on": end.isoformat()}
            entry |= {"weeks": (end - begin).days // 7, "response": random.choice(_RESPONSES)}
            entry["adequate"] = random.random() < 0.7
            entry["stopped_for"] = random.choice(("inefficacy", "inefficacy", "inefficacy", "intolerance"))
        history.append(entry)
    return history


def _spread(patient: dict[str, Any], random: Random, margins: Margins, organs: set[str]) -> None:
    """Values of the ill organs, and a few of all others, moved to the margins of the rules or left out."""
    ill = tuple(_BY_ORGAN[organ] for organ in sorted(organs) if organ in _BY_ORGAN)
    for name, spec in margins["fields"].items():
        if not name.startswith((*_ALWAYS, *ill)):
            continue
        chance = 0.12 if name.startswith(ill) else 0.03
        lot = random.random()
        if lot < chance:
            _put(patient, name, random.choice(spec))
        elif lot < chance + 0.015:
            _put(patient, name, None)


def margins_of(library: Library) -> Margins:
    """What they are drawn from: the normal patient, the entities, and by field the values it is moved to."""
    source = (HERE / "vignettes" / "patients" / "complete-normal.yaml").read_text(encoding="utf-8")
    numbers: dict[str, set[Decimal]] = defaultdict(set)
    for rule in library.rules:
        for test in tests_of(rule.when):
            if isinstance(test, Compare) and rule.status == "active":
                numbers[test.name].add(test.number)
    fields = {}
    for name in sorted(library.facts):
        spec = library.facts[name]
        if not (spec.derived or "[" in name or name in _FIXED):
            fields[name] = _values(spec, sorted(numbers[name]))
    entities = sorted(library.facts["diagnosis.entity"].values)
    normal = json.loads(_line(yaml.safe_load(source)))
    return {"normal": normal, "entities": entities, "fields": {n: v for n, v in fields.items() if v}}


def _values(spec: FactType, limits: list[Decimal]) -> list[Any]:
    if spec.kind == "boolean":
        return [False, True]
    if spec.kind == "enum" and not spec.names:
        return list(spec.values)
    if spec.kind not in ("number", "integer"):
        return []
    found = set()
    for limit in limits:
        step = Decimal(1).scaleb(min(int(limit.normalize().as_tuple().exponent), 0))
        found |= {limit - step, limit, limit + step}
    low, high = spec.low, spec.high
    kept = [v for v in sorted(found) if (low is None or v >= low) and (high is None or v <= high)]
    return [int(v) if v == v.to_integral_value() else float(v) for v in kept]


def _put(patient: dict[str, Any], path: str, value: Any) -> None:
    *groups, last = path.split(".")
    here = patient
    for group in groups:
        here = here.setdefault(group, {})
    if value is None:
        here.pop(last, None)
    else:
        here[last] = value


def _line(patient: dict[str, Any]) -> str:
    return json.dumps(patient, ensure_ascii=False, separators=(",", ":"), default=lambda day: day.isoformat())


# -- directed patients ----------------------------------------------------------------------------


def directed(library: Library, lacking: set[str]) -> Iterator[str]:
    """Patients of vignettes for the rules that are lacking, each for what none before it fires."""
    observe = observer(library)
    for case in vignette_cases(HERE / "vignettes"):
        if not lacking:
            return
        try:
            patient = _read(Document(case.patient, (), "", case.patient.at.file), library)
        except PatientRefused:
            continue
        seen = observe(case.name, case.patient, patient)
        new = _true(seen, library) & lacking
        if new:
            lacking -= new
            plain = _plain(case.patient)
            plain["assessed_on"] = str(plain.get("assessed_on") or TODAY)
            plain["id"] = f"directed-{sorted(new)[0]}"
            yield _line(plain)


def fired(lines: Iterable[str], library: Library) -> set[str]:
    """The ids of the rules that are TRUE in one of these patients."""
    observe, found = observer(library), set[str]()
    for line in lines:
        document = read_text(line, "cohort.json", PatientRefused)
        assert isinstance(document.root, Mapping)
        found |= _true(observe("", document.root, _read(document, library)), library)
    return found


def _true(seen: Observation, library: Library) -> set[str]:
    # A rule with `{therapy}` stands once per therapy with one id: one instance is enough.
    return {rule.id for rule in library.rules if seen.rules.get(rule.key) is Truth.TRUE}


def _read(document: Document, library: Library) -> Patient:
    return read_patient(document, library, today=TODAY)


_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?")


def _plain(node: Node) -> Any:
    """A document as JSON has it; a text that only looks like a number stays one."""
    if isinstance(node, Mapping):
        return {key.text: _plain(value) for key, value in node.entries}
    if isinstance(node, SequenceNode):
        return [_plain(item) for item in node.items]
    assert isinstance(node, Scalar)
    if node.plain and node.text in ("true", "false"):
        return node.text == "true"
    if node.plain and _NUMBER.fullmatch(node.text):
        return float(node.text) if "." in node.text else int(node.text)
    return node.text


def checked_in() -> list[str]:
    """The lines of the file."""
    return gzip.decompress(FILE.read_bytes()).decode("utf-8").splitlines()


def checked_in_margins() -> Margins:
    """The fields and margins from which the file was drawn."""
    found: Margins = json.loads(MARGINS.read_text(encoding="utf-8"))
    return found


def write(library: Library) -> None:
    """The file; gzip without a time, so that its bytes are those of the patients."""
    text = json.dumps(margins_of(library), ensure_ascii=False, indent=1)
    MARGINS.write_text(f"{text}\n", encoding="utf-8")
    lines = list(drawn(checked_in_margins()))
    active = {rule.id for rule in library.rules if rule.status == "active"}
    behind = list(directed(library, active - fired(lines[:LOOKED_AT], library)))
    whole = [*lines[: SIZE - len(behind)], *behind]
    FILE.parent.mkdir(exist_ok=True)
    packed = gzip.compress("".join(f"{line}\n" for line in whole).encode("utf-8"), mtime=0)
    FILE.write_bytes(packed)
    print(f"{FILE.name}: {len(whole)} patients, {len(behind)} of them directed, {len(packed)} bytes")


if __name__ == "__main__":
    write(load_knowledge())
