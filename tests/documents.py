"""Documents for tests, from text as an author would write it."""

from __future__ import annotations

from textwrap import dedent

from escalate.files.yaml_reader import read_text
from escalate.nodes import Document
from escalate.problems import KnowledgeRefused


def document(text: str, file: str = "rules/test.yaml") -> Document:
    return read_text(text, file, KnowledgeRefused)


KNOWLEDGE = {
    "knowledge/version.yaml": 'version: "1.0.0"\n',
    "knowledge/fields.yaml": """\
        infection.fever: {type: boolean, label: Fever, ask: Temperature}
        infection.active: {type: enum, values: [none, suspected, active], label: Infection, ask: Work-up}
        infection.sepsis: {type: boolean, refines: infection.active, label: Sepsis, ask: Sepsis}
        heart.echo.lvef_percent: {type: number, unit: '%', range: [5, 85], label: LVEF, ask: Echocardiography}
        heart.holter.nsvt: {type: boolean, label: NSVT, ask: Holter}
        diagnosis.entity: {type: enum, names: entity, label: Entity, ask: The diagnosis}
        therapies[].drug: {type: enum, names: therapy, label: Drug, ask: Which drug}
        """,
    "knowledge/derived/therapies.yaml": """\
        therapy.{therapy}.not_again:
          {type: boolean, reads: [therapies], label: '{therapy} again', ask: History}
        antibody.{antibody}.positive:
          {type: boolean, reads: [therapies], label: '{antibody} positive', ask: Panel}
        """,
    "knowledge/tests.yaml": """\
        - test: holter
          fields: [heart.holter]
          called_for: infection.fever
        """,
    "knowledge/findings.yaml": """\
        heart_grade: {title: Heart grade, levels: [C0, C1, C2], shown: true}
        refractory: {title: Refractory, shown: true}
        """,
    "knowledge/entities.yaml": "dermatomyositis: {label: Dermatomyositis, synonyms: [DM]}\n",
    "knowledge/antibodies.yaml": """\
        TIF1-gamma: {label: anti-TIF1-gamma, class: MSA, synonyms: [p155]}
        refused: {TIF1y: write TIF1-gamma}
        """,
    "knowledge/drugs.yaml": "leflunomide: {label: Leflunomide, classes: [antimetabolite]}\n",
    "knowledge/evidence.yaml": "E01: {citation: A trial, design: rct, level: rct}\n",
    "knowledge/ladder.yaml": "- {step: 0, content: Confirm the diagnosis}\n",
    "knowledge/therapies/methotrexate.yaml": """\
        {id: methotrexate, name: Methotrexate, listed: true, classes: [antimetabolite], synonyms: [MTX],
         dose: 'Usual published dose: 15 mg; to be checked against the label.', evidence: [E01],
         evidence_level: cohort, status: {eu: off_label, us: off_label, verified_on: not verified}}
        """,
    "knowledge/therapies/azathioprine.yaml": """\
        {id: azathioprine, name: Azathioprine, listed: false, classes: [antimetabolite], synonyms: [AZA],
         status: {eu: off_label, us: off_label}}
        """,
    "rules/rules.yaml": """\
        - id: HEART
          title: Ejection fraction below 50 %
          kind: finding
          for: heart_grade
          level: C2
          when: heart.echo.lvef_percent < 50
          because: Stated.
          basis: expert_judgement
        - id: HEART-C1
          title: Infection of the heart not ruled out
          kind: finding
          for: heart_grade
          level: C1
          when: infection.active == active
          because: Stated.
          basis: expert_judgement
        - id: REFRACTORY
          title: Refractory
          kind: finding
          for: refractory
          when: infection.fever
          because: Stated.
          source: [{ref: E01, at: Table 1, supports: all of it}]
        - id: MTX-X01
          title: Heart
          kind: exclude
          for: antimetabolite
          when:
            all:
              - heart_grade >= C1
              - not refractory
          because: Stated.
          basis: expert_judgement
        """,
}


def knowledge(**changes: str | None) -> dict[str, Document]:
    """A small knowledge base; a change replaces a file (`rules_rules`, `knowledge_fields`) or adds one."""
    texts: dict[str, str] = dict(KNOWLEDGE)
    for name, text in changes.items():
        path = name.replace("__", "/") + ".yaml"
        if text is None:
            del texts[path]
        else:
            texts[path] = text
    return {path: document(dedent(text), path) for path, text in texts.items()}


def with_rules(text: str, **changes: str) -> dict[str, Document]:
    """The small knowledge base with further rules in a file of their own."""
    return knowledge(rules__more=text, **changes)
