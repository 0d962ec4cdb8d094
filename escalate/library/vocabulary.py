"""Names as files write them: entities, antibodies, drugs. Ambiguous spellings are refused, not guessed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from escalate.library.fold import fold
from escalate.library.model import Therapy, Vocabulary
from escalate.library.reading import Reader
from escalate.nodes import Mapping, Scalar
from escalate.problems import Span
from escalate.texts import _

# The keys of an entry in entities.yaml, antibodies.yaml and drugs.yaml.
ENTITY = ("label", "synonyms", "note")
ANTIBODY = (
    "label",
    "class",
    "group",
    "synonyms",
    "entity",
    "ild",
    "rp_ild",
    "cardiac",
    "malignancy",
    "dysphagia",
    "ifn1",
    "basis",
    "note",
    "escalation",
    "negative_guidance",
    "source",
)
DRUG = ("label", "synonyms", "classes", "note", "source", "basis")
_GUIDANCE = ("escalation", "negative_guidance")
_RESERVED = ("refused", "overlap")


@dataclass(slots=True)
class _Draft:
    """A vocabulary while it is gathered; the first home of a spelling is kept for the error message."""

    canonical: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    guidance: dict[str, dict[str, str]] = field(default_factory=dict)

    def add(
        self, reader: Reader | None, name: str, label: str, spellings: Iterable[str], at: Span | None
    ) -> None:
        self.labels[name] = label or name
        for spelling in (name, label, *spellings):
            folded = fold(spelling)
            known = self.canonical.setdefault(folded, name) if folded else name
            if known != name and reader is not None and at is not None:
                reader.problem(
                    at,
                    "ambiguous-spelling",
                    _("`{spelling}` is a spelling of both `{known}` and `{name}`").format(
                        spelling=spelling, known=known, name=name
                    ),
                    _("remove it from one, or list it under `refused` with what to write"),
                )

    def refuse(self, reader: Reader, node: Mapping) -> None:
        for key, value in node.entries:
            folded = fold(key.text)
            self.refused[folded] = reader.text(value, "refused")
            if folded in self.canonical:
                reader.problem(
                    key.at,
                    "ambiguous-spelling",
                    _("`{key}` is refused and also a spelling of `{canonical}`").format(
                        key=key.text, canonical=self.canonical[folded]
                    ),
                    _("a refused spelling may stand nowhere else"),
                )

    def frozen(self) -> Vocabulary:
        return Vocabulary(self.canonical, self.labels, self.refused, self.guidance)


def read_names(reader: Reader, allowed: Iterable[str]) -> tuple[Vocabulary, Vocabulary]:
    """The names of one file, and those under its key `overlap`."""
    main, overlap = _Draft(), _Draft()
    refused: Mapping | None = None
    for key, body in reader.entries(reader.document.file):
        if key.text == "refused":
            refused = body
        elif key.text == "overlap":
            for inner, value in body.entries:
                entry = reader.mapping(value, f"`{inner.text}`")
                if entry is not None:
                    _add(overlap, reader, inner, entry, allowed)
        else:
            _add(main, reader, key, body, allowed)
    if refused is not None:
        main.refuse(reader, refused)
    return main.frozen(), overlap.frozen()


def read_drugs(
    reader: Reader | None, therapies: Iterable[Therapy], allowed: Iterable[str]
) -> tuple[Vocabulary, dict[str, tuple[str, ...]]]:
    """All therapies and the further drugs as one vocabulary, and the classes of the further drugs."""
    draft = _Draft()
    classes: dict[str, tuple[str, ...]] = {}
    for therapy in therapies:
        draft.add(reader, therapy.id, therapy.name, therapy.synonyms, therapy.at)
    for key, body in reader.entries(reader.document.file) if reader else ():
        if key.text not in _RESERVED and reader is not None:
            _add(draft, reader, key, body, allowed)
            classes[key.text] = reader.texts(body.get("classes"), "classes")
    if reader is not None:
        root = reader.document.root
        refused = root.get("refused") if isinstance(root, Mapping) else None
        if isinstance(refused, Mapping):
            draft.refuse(reader, refused)
    return draft.frozen(), classes


def _add(draft: _Draft, reader: Reader, key: Scalar, body: Mapping, allowed: Iterable[str]) -> None:
    reader.keys(body, allowed, ("label",), f"`{key.text}`")
    label = reader.text(body.get("label"), "label")
    draft.add(reader, key.text, label, reader.texts(body.get("synonyms"), "synonyms"), key.at)
    told = {name: reader.text(body.get(name), name) for name in _GUIDANCE}
    if any(told.values()):
        sources = ", ".join(reader.texts(body.get("source"), "source"))
        draft.guidance[key.text] = {
            **told,
            "basis": reader.text(body.get("basis"), "basis"),
            "source": sources,
        }
