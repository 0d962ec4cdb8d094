"""What became of the mutants: counts by what noticed them, and each survivor with its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from escalate.audit.mutate.run import Judged
from escalate.library.model import Library
from escalate.texts import _

KILLERS = ("load", "check", "vignette", "proof", "cohort")


def lines(judged: Sequence[Judged], of: int, library: Library) -> Iterator[str]:
    """For people: counts, then survivors, the safety ones first."""
    safety = [one for one in judged if one.mutant.safety]
    others = [one for one in judged if not one.mutant.safety]
    yield _("knowledge {version}, {digest}: {count} of {of} mutants").format(
        version=library.version, digest=library.digest, count=len(judged), of=of
    )
    yield _("safety mutants: {counts}").format(counts=_counts(safety))
    yield _("other mutants: {counts}").format(counts=_counts(others))
    for one in (*safety, *others):
        if not one.fate.by:
            text = _("{at}: safety: {name}") if one.mutant.safety else _("{at}: {name}")
            yield text.format(at=one.mutant.at, name=one.mutant.name)


def _counts(judged: Sequence[Judged]) -> str:
    by = Counter(one.fate.by for one in judged)
    parts = [_("{count} killed by {killer}").format(count=by[k], killer=_said(k)) for k in KILLERS if by[k]]
    if by["equal"]:
        parts.append(_("{count} proved to change nobody").format(count=by["equal"]))
    if by["opens_nothing"]:
        parts.append(_("{count} proved to open nothing to anybody").format(count=by["opens_nothing"]))
    return ", ".join([*parts, _("{count} survive").format(count=by[""])])


def _said(killer: str) -> str:
    return {
        "load": _("loading"),
        "check": _("kb check"),
        "vignette": _("a vignette"),
        "proof": _("a proof"),
        "cohort": _("the cohort"),
    }[killer]


def document(judged: Sequence[Judged], of: int, library: Library) -> dict[str, object]:
    """The same as JSON, each mutant with its fate."""
    return {
        "knowledge": {"version": library.version, "digest": library.digest},
        "mutants": of,
        "judged": len(judged),
        "safety": _table([one for one in judged if one.mutant.safety]),
        "other": _table([one for one in judged if not one.mutant.safety]),
        "fates": [
            {
                "rule": one.mutant.rule,
                "at": str(one.mutant.at),
                "change": one.mutant.what,
                "said": one.mutant.said,
                "safety": one.mutant.safety,
                "killed_by": one.fate.by if one.fate.by in KILLERS else None,
                "changes_nobody": one.fate.by == "equal",
                "opens_nothing": one.fate.by == "opens_nothing",
                "witness": one.fate.witness or None,
            }
            for one in judged
        ],
    }


def _table(judged: Sequence[Judged]) -> dict[str, int]:
    by = Counter(one.fate.by for one in judged)
    return {
        "mutants": len(judged),
        **{k: by[k] for k in (*KILLERS, "equal", "opens_nothing")},
        "survive": by[""],
    }
