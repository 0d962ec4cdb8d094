"""Whom a change of the knowledge advises otherwise: the verdicts of two runs over one registry, side by side.

| column                       | holds                                                                     |
|------------------------------|---------------------------------------------------------------------------|
| `patient`, `therapy`         | whose verdict on what                                                     |
| `change`                     | `verdict`, or `reasons` where only the rules or the missing fields differ |
| `old_verdict`, `new_verdict` | NULL on a side that does not list the therapy                             |
| `old_rules`, `new_rules`     | the rules that decide on each side                                        |
| `old_missing`, `new_missing` | the fields that each side waits for                                       |

Whom one side refused has no verdicts there, and is counted apart: refused is not advised otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import ibis

from escalate.cohort.engines import Engine
from escalate.cohort.judge import Judged
from escalate.library.model import Library
from escalate.texts import _, ngettext

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, Table

_SAID = ("verdict", "rules", "missing")


@dataclass(frozen=True, slots=True)
class Counted:
    """How many patients change: in all, for other reasons alone, at another step; and from what to what.

    `refused_old` and `refused_new` are read by the other side alone.
    """

    verdict: int
    reasons: int
    step: int
    refused_old: int
    refused_new: int
    moves: Sequence[tuple[str, str | None, str | None, int]]  # therapy, old and new verdict, patients


def changes(old: Table, new: Table) -> Table:
    """Every verdict that differs, or stands for other reasons.

    Args: old and new, verdicts of the same patients as `escalate.cohort.relational.query` gives them.
    """
    before = old.select("patient", "therapy", **{f"old_{name}": old[name] for name in _SAID})
    after = new.select(
        new_patient=new.patient, new_therapy=new.therapy, **{f"new_{name}": new[name] for name in _SAID}
    )
    both = before.outer_join(
        after, [before.patient == after.new_patient, before.therapy == after.new_therapy]
    )
    turned = both.old_verdict.fill_null("") != both.new_verdict.fill_null("")
    otherwise = _differ(both, "rules") | _differ(both, "missing")
    found = both.filter(turned | otherwise)
    return found.select(
        patient=ibis.coalesce(found.patient, found.new_patient),
        therapy=ibis.coalesce(found.therapy, found.new_therapy),
        change=ibis.cases(
            (found.old_verdict.fill_null("") != found.new_verdict.fill_null(""), "verdict"), else_="reasons"
        ),
        **{f"{side}_{name}": found[f"{side}_{name}"] for name in _SAID for side in ("old", "new")},
    ).order_by("patient", "therapy")


def _differ(both: Table, name: str) -> BooleanValue:
    old, new = (both[f"{side}_{name}"].join("\n").fill_null("") for side in ("old", "new"))
    return old != new


def write_changes(old: Judged, new: Judged, folder: Path, target: Path, engine: Engine) -> Counted:
    """Write the list of changes and count them.

    Args: folder, where the list is put down once, to be counted and to become the target.
    """
    listed = folder / "changes.parquet"
    folder.mkdir(parents=True, exist_ok=True)
    before, after = engine.table(old.patients), engine.table(new.patients)
    old_verdicts = engine.table(old.verdicts).semi_join(after, "patient")
    new_verdicts = engine.table(new.verdicts).semi_join(before, "patient")
    engine.save(changes(old_verdicts, new_verdicts), listed)
    found = engine.table([listed])
    moved = found.filter(found.change == "verdict")
    other = found.filter(found.change == "reasons").anti_join(moved, "patient")
    steps = _steps(before, after)
    refused_old, refused_new = after.anti_join(before, "patient"), before.anti_join(after, "patient")
    moves = engine.rows(
        moved.group_by("therapy", "old_verdict", "new_verdict")
        .agg(patients=moved.patient.nunique())
        .order_by(ibis.desc("patients"), "therapy", "old_verdict", "new_verdict")
    )
    counted = Counted(
        _number(engine, moved.agg(n=moved.patient.nunique())),
        _number(engine, other.agg(n=other.patient.nunique())),
        _number(engine, steps.agg(n=steps.patient.nunique())),
        _number(engine, refused_old.agg(n=refused_old.patient.nunique())),
        _number(engine, refused_new.agg(n=refused_new.patient.nunique())),
        [(r["therapy"], r["old_verdict"], r["new_verdict"], r["patients"]) for r in moves.to_pylist()],
    )
    engine.save(found, target)
    return counted


def _steps(old: Table, new: Table) -> Table:
    """The patients who certainly reach another step."""
    before = old.select("patient", before=old.reached_step.fill_null(-1))
    after = new.select("patient", after=new.reached_step.fill_null(-1))
    both = before.inner_join(after, "patient")
    return both.filter(both.before != both.after).select("patient")


def _number(engine: Engine, counted: Table) -> int:
    return int(engine.rows(counted).to_pylist()[0]["n"])


def changes_text(found: Counted, library: Library) -> str:
    """The counts for a reader."""
    lines = [
        ngettext(
            "{count} patient gets another verdict", "{count} patients get another verdict", found.verdict
        ).format(count=found.verdict),
        ngettext(
            "{count} more the same verdicts for other reasons",
            "{count} more the same verdicts for other reasons",
            found.reasons,
        ).format(count=found.reasons),
        ngettext(
            "{count} certainly reaches another step of the ladder",
            "{count} certainly reach another step of the ladder",
            found.step,
        ).format(count=found.step),
    ]
    for side, refused in (("OLD", found.refused_old), (_("the new knowledge"), found.refused_new)):
        if refused:
            said = ngettext(
                "{count} was refused by {side} and is not compared",
                "{count} were refused by {side} and are not compared",
                refused,
            )
            lines.append(said.format(count=refused, side=side))
    for therapy, old, new, count in found.moves:
        name = library.therapies[therapy].name if therapy in library.therapies else therapy
        before, after = (verdict or _("not listed") for verdict in (old, new))
        lines.append(f"  {name}: {before} -> {after} {count}")
    return "\n".join(lines) + "\n"
