"""How many patients are where: at which step, with which verdict, closed by what, for want of which fact.

One query over what `relational/query.py` yields, so that it runs where the rules ran. The table it gives:

| column     | holds                                                                                 |
|------------|---------------------------------------------------------------------------------------|
| `about`    | `scope`, `step`, `verdict`, `closed_by`, `missing`                                    |
| `therapy`  | the therapy; NULL for `scope` and `step`                                              |
| `what`     | the scope, the step that is certainly reached, the verdict, the rule, or the fact     |
| `patients` | how many; a patient counts once per row, and may stand in several                     |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis

from escalate.library.model import Library
from escalate.options.verdict import Verdict
from escalate.texts import _, ngettext

if TYPE_CHECKING:
    from ibis.expr.types import Table, Value

_CLOSED = (Verdict.EXCLUDED.value, Verdict.DEFERRED.value)
_MOST = 5  # reasons named for a therapy in the text; the table has them all


def attrition(verdicts: Table, patients: Table) -> Table:
    """The counts, by what they are about, therapy and number.

    Args: verdicts and patients, as `escalate.cohort.relational.query` gives them.
    """
    closed = verdicts.filter(verdicts.verdict.isin(_CLOSED))
    waiting = verdicts.filter(verdicts.verdict == Verdict.DATA_NEEDED.value)
    nobody = ibis.null("string")
    found = ibis.union(
        _counted(patients.mutate(therapy=nobody), "scope", patients.scope),
        _counted(patients.mutate(therapy=nobody), "step", patients.reached_step.cast("string")),
        _counted(verdicts, "verdict", verdicts.verdict),
        _counted(closed, "closed_by", closed.rules.unnest()),
        _counted(waiting, "missing", waiting.missing.unnest()),
    )
    return found.order_by("about", "therapy", ibis.desc("patients"), "what")


def _counted(table: Table, about: str, what: Value) -> Table:
    named = table.select("patient", "therapy", what=what)
    counted = named.group_by("therapy", "what").agg(patients=named.patient.nunique())
    return counted.select(about=ibis.literal(about), therapy="therapy", what="what", patients="patients")


@dataclass(frozen=True, slots=True)
class Attrition:
    """The counts in memory: rows of (about, therapy, what, patients), for the text and the figure."""

    rows: Sequence[tuple[str, str | None, str | None, int]]

    def counts(self, about: str, therapy: str | None = None) -> dict[str | None, int]:
        """What is counted under one heading, the most frequent first."""
        return {what: count for a, t, what, count in self.rows if (a, t) == (about, therapy)}

    @property
    def therapies(self) -> tuple[str, ...]:
        """Every therapy that is listed for somebody, in the order of the table."""
        return tuple(dict.fromkeys(t for about, t, _what, _count in self.rows if about == "verdict" and t))


def attrition_text(found: Attrition, library: Library, refused: int) -> str:
    """The counts for a reader: scopes, steps, then each therapy with what closes it and what it waits for."""
    asked = sum(found.counts("scope").values())
    lines = [ngettext("{count} patient", "{count} patients", asked).format(count=asked)]
    if refused:
        said = ngettext("{count} row was refused", "{count} rows were refused", refused)
        lines.append(said.format(count=refused))
    lines += ["", _("STEP OF THE LADDER THAT IS CERTAINLY REACHED")]
    lines += [
        f"  {_step(what)}: {count}" for what, count in sorted(found.counts("step").items(), key=_by_step)
    ]
    for therapy in found.therapies:
        lines += ["", library.therapies[therapy].name if therapy in library.therapies else therapy]
        lines.append("  " + ", ".join(_verdicts(found.counts("verdict", therapy))))
        for about, heading in (("closed_by", _("closed by")), ("missing", _("waits for"))):
            reasons = found.counts(about, therapy)
            if reasons:
                lines.append(f"  {heading}: {_most(reasons)}")
    return "\n".join(lines) + "\n"


def _by_step(item: tuple[str | None, int]) -> str:
    return item[0] or ""


def _step(what: str | None) -> str:
    return _("not on the ladder") if what is None else _("step {step}").format(step=what)


def _verdicts(counts: Mapping[str | None, int]) -> list[str]:
    order = [verdict.value for verdict in Verdict]
    return [f"{verdict} {counts[verdict]}" for verdict in order if verdict in counts]


def _most(reasons: Mapping[str | None, int]) -> str:
    named = [f"{what} {count}" for what, count in list(reasons.items())[:_MOST]]
    rest = len(reasons) - len(named)
    more = [ngettext("{count} more", "{count} more", rest).format(count=rest)] if rest else []
    return ", ".join([*named, *more])
