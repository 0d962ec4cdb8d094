"""The knowledge as one frozen value. Built by `escalate.library.build`, read by every later room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from escalate.language.tree import Condition, Test
from escalate.problems import Span


@dataclass(frozen=True, slots=True)
class FactType:
    """What a fact may hold. `kind` is boolean, number, integer, enum, list, date or text."""

    name: str
    kind: str
    unit: str = ""
    low: Decimal | None = None
    high: Decimal | None = None
    values: tuple[str, ...] = ()  # words of an enum or a list
    accepts_never: bool = False
    refines: str = ""  # the field this one is a detail of
    test: str = ""  # the conditional test (Holter, MRI, ...) this field is a result of
    also: tuple[str, ...] = ()  # further units a file may state
    ask: str = ""  # what to measure or to find out when it is missing
    label: str = ""  # the field's name as a clinician says it
    derived: bool = False
    reads: tuple[str, ...] = ()  # the patient fields a derived fact is computed from
    names: str = ""  # the vocabulary that spells the words: entity, overlap, antibody, therapy or drug
    month: bool = False  # a date that may be a year and month
    default: str = ""  # what stands where the field is absent
    dated_by: str = ""  # the field with the day of this value
    not_before: str = ""  # the field with a day before which this value cannot have been seen
    unit_needed_below: Decimal | None = None  # a smaller number must state its unit
    max_length: int | None = None


@dataclass(frozen=True, slots=True)
class ConditionalTest:
    """A test that is asked for only in some patients (engine.md 3)."""

    name: str
    fields: tuple[str, ...]
    called_for: Condition | None  # None: never called for; its result counts where it is given
    suspected_by: Condition | None  # a stated suspicion that keeps it UNKNOWN
    replaced_by: Condition | None  # another examination that speaks in its place
    at: Span


@dataclass(frozen=True, slots=True)
class Citation:
    """What of a source supports a rule: `at` names the place, `supports` what it speaks for; `quotes` holds,
    per fact, the words in which the source prints its number."""

    ref: str
    at: str
    supports: str
    quotes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """One line of an alert's `do`; with a therapy it is left out where a hard criterion forbids it."""

    text: str
    therapies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One criterion. `kind`: finding, indicate, against, exclude, defer, caution, caution_high,
    alert, ask. `targets` are therapy ids (a class is resolved to its members); for a finding
    they hold its name. A rule with `{therapy}` in its condition stands once per therapy, all
    with the same id and one `key` each."""

    key: str
    id: str
    title: str
    kind: str
    targets: tuple[str, ...]
    when: Condition
    because: str
    at: Span
    advise: str = ""
    sources: tuple[Citation, ...] = ()
    basis: str = "source"  # or expert_judgement
    level: str = ""  # a finding's level, where it is graded
    step: int | None = None
    order: int | None = None
    pathway: str = ""
    again: bool = False  # an indication that holds although the drug failed before
    reversible: bool = False
    alert: str = ""  # emergency, contradiction, scope, warning, outcome or disagreement
    do: tuple[Action, ...] = ()
    do_not: tuple[str, ...] = ()
    scope: str = ""  # for alert: scope
    makes_unknown: tuple[str, ...] = ()  # for alert: contradiction
    outcome: str = (
        ""  # what a conference may decide besides a therapy: stay, diagnostic_review, rehabilitation
    )
    positions: tuple[str, ...] = ()  # for alert: disagreement, what the sources say, each in one sentence
    status: str = "active"
    since: str = "1.0.0"
    reviewed: str = ""


@dataclass(frozen=True, slots=True)
class FindingSpec:
    """A derived finding; `levels` from lowest to highest where it is graded, else empty."""

    name: str
    title: str
    levels: tuple[str, ...] = ()
    shown: bool = False  # listed in the report's findings even when nothing is wrong


@dataclass(frozen=True, slots=True)
class DoseStep:
    """One planned injection of a regimen."""

    name: str
    mg_per_kg: Decimal
    day: Decimal
    vial_mg: Decimal
    mg_per_ml: Decimal


@dataclass(frozen=True, slots=True)
class Regimen:
    id: str
    title: str
    route: str
    steps: tuple[DoseStep, ...]
    source: tuple[Citation, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Therapy:
    """One therapy with what the report says about it."""

    id: str
    name: str
    classes: tuple[str, ...]
    synonyms: tuple[str, ...]  # abbreviations, brand and German names, as files write them
    listed: bool  # has an own dose, evidence and a gate: may be an option
    target: str = ""
    dose: str = ""
    evidence_level: str = ""
    evidence: tuple[str, ...] = ()  # ids of the register
    headline: tuple[str, ...] = ()
    status: Mapping[str, str] = field(default_factory=dict)  # eu, us, verified_on
    approved_in: tuple[str, ...] = ()  # entities of the approval; empty: it is not bound to one
    warnings: tuple[str, ...] = ()
    work_up: tuple[str, ...] = ()
    monitoring: tuple[str, ...] = ()
    prophylaxis: tuple[str, ...] = ()
    washout: tuple[str, ...] = ()
    for_and_against: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    regimens: tuple[Regimen, ...] = ()
    pk_model: str = ""
    at: Span | None = None

    def status_in(self, entity: object) -> dict[str, str]:
        """The status by region for a patient with this entity (None: unknown). Outside the entities of an
        approval it is off-label use, so that nobody reads an approval that is not theirs (NEV-10)."""
        foreign = bool(self.approved_in) and entity not in self.approved_in
        return {
            place: "off_label" if foreign and word == "approved" else word
            for place, word in self.status.items()
        }


@dataclass(frozen=True, slots=True)
class Evidence:
    """One entry of the register (dossier 12)."""

    id: str
    citation: str
    design: str
    level: str
    n: int | None = None
    doi: str = ""
    provenance: str = ""
    supports: str = ""
    direction: str = ""  # for, against or neutral
    more_dois: tuple[str, ...] = ()
    pmid: str = ""
    pmc: str = ""
    registry: str = ""  # number of a trial


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Names as files write them, folded, to the project's own names; and what must not be guessed."""

    canonical: Mapping[str, str]  # folded spelling -> canonical name
    labels: Mapping[str, str]  # canonical name -> name for people
    refused: Mapping[str, str] = field(default_factory=dict)  # ambiguous spelling -> why, and what to write
    # Of an antibody: `escalation` it speaks for, `negative_guidance`, and their `basis` and `source`.
    guidance: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OverlayChange:
    """One thing a centre made stricter: a rule or parameter, old and new; a rule of its own has no `old`."""

    what: str
    old: str
    new: str
    because: str


@dataclass(frozen=True, slots=True)
class Overlay:
    """A centre's own stricter limits, which every report names (escalate/library/overlay.py)."""

    name: str
    because: str
    changes: tuple[OverlayChange, ...]

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> Overlay:
        """The overlay that `dataclasses.astuple` made the row of."""
        name, because, changes = row
        return cls(name, because, tuple(OverlayChange(*change) for change in changes))


@dataclass(frozen=True, slots=True)
class Rails:
    """Every distinct test of the active rules, and each rule's alternatives over them.

    A literal is a whole number: `2 * i` says that `tests[i]` is TRUE, `2 * i + 1` that it is FALSE.
    `true[key]` holds the minimal sets of literals that make the rule TRUE, `false[key]` those that
    make it FALSE (language/normal.py). `texts[i]` is the name of `tests[i]`.
    """

    tests: tuple[Test, ...]
    texts: tuple[str, ...]
    true: Mapping[str, Sequence[Sequence[int]]]
    false: Mapping[str, Sequence[Sequence[int]]]


@dataclass(frozen=True, slots=True)
class Library:
    """The whole knowledge base, frozen, with the SHA-256 over its files."""

    version: str
    digest: str
    facts: Mapping[str, FactType]
    tests: Mapping[str, ConditionalTest]
    findings: Mapping[str, FindingSpec]
    rules: tuple[Rule, ...]
    therapies: Mapping[str, Therapy]
    classes: Mapping[str, tuple[str, ...]]
    entities: Vocabulary
    antibodies: Vocabulary
    drugs: Vocabulary
    evidence: Mapping[str, Evidence]
    parameters: Mapping[str, object]  # numbers that derived facts use, all of knowledge/parameters/
    pk_models: Mapping[str, object]
    ladder: tuple[tuple[int, str], ...]  # step, content
    overlaps: Vocabulary  # the words of diagnosis.overlap_with
    rails: Rails
    language: str = "en"  # of every text for people in it
    overlay: Overlay | None = None
    terminology: Mapping[str, object] = field(default_factory=dict)  # files of knowledge/terminology/
