"""The fourth reading of the condition tree: Ibis expressions over nullable Booleans, where NULL is UNKNOWN.

`&`, `|` and `~` on NULL are Kleene's in DuckDB, in Spark SQL and by the SQL standard.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce
from operator import and_, ge, gt, le, lt, or_
from typing import TYPE_CHECKING, TypeAlias

import ibis

from escalate.cohort.columns import MOST_DIGITS, FactColumn, Kind, digits
from escalate.language.tree import (
    All,
    Any,
    AtLeast,
    Compare,
    Condition,
    Flag,
    Known,
    Leaf,
    Nothing,
    OneOf,
    Test,
)
from escalate.problems import InternalFault
from escalate.texts import _

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, NumericValue, Table

    Truth: TypeAlias = BooleanValue
    Tests: TypeAlias = Callable[[Test], Truth]

_OPERATORS = {"<": lt, "<=": le, ">": gt, ">=": ge}
_UPWARD = (">", ">=")


def value(condition: Condition, of: Tests) -> Truth:
    """A condition over the values of its tests; NULL is UNKNOWN."""
    match condition:
        case Leaf(test=test, negated=negated):
            return ~of(test) if negated else of(test)
        case All(parts=parts):
            return every(value(part, of) for part in parts)
        case Any(parts=parts):
            return some(value(part, of) for part in parts)
        case Nothing(parts=parts):
            return ~some(value(part, of) for part in parts)
        case AtLeast(count=count, parts=parts):
            return at_least(count, [value(part, of) for part in parts])


def undecided(condition: Condition, of: Tests) -> Truth:
    """Whether a condition is UNKNOWN."""
    # Not `~x IS NULL`: Ibis writes no bracket around the NOT, and SQL reads it as NOT (x IS NULL).
    bare = Any(condition.parts) if isinstance(condition, Nothing) else condition
    if isinstance(bare, Leaf):
        return of(bare.test).isnull()
    return value(bare, of).isnull()


def every(parts: Iterable[Truth]) -> Truth:
    """Kleene's conjunction; TRUE for nothing at all."""
    return _joined(and_, parts, empty=True)


def some(parts: Iterable[Truth]) -> Truth:
    """Kleene's disjunction; FALSE for nothing at all."""
    return _joined(or_, parts, empty=False)


def _joined(join: Callable[[Truth, Truth], Truth], parts: Iterable[Truth], *, empty: bool) -> Truth:
    known = list(parts)
    return reduce(join, known) if known else ibis.literal(empty)


def at_least(count: int, parts: list[Truth]) -> Truth:
    """TRUE if `count` are TRUE, FALSE if fewer than that are not FALSE; a sum of NULLs would be NULL."""
    true = reduce(lambda a, b: a + b, [part.fill_null(False).cast("int32") for part in parts])
    possible = reduce(lambda a, b: a + b, [part.fill_null(True).cast("int32") for part in parts])
    return ibis.cases((true >= count, True), (possible < count, False), else_=ibis.null("boolean"))


def fact_test(test: Test, column: FactColumn, table: Table) -> Truth:
    """The value of one test on a fact, from the columns of that fact."""
    if isinstance(test, Known):
        known = table[column.name].notnull()
        return known | _absent(column, table) if column.absent else known
    held = _held(test, column, table)
    # Every test on a fact that does not apply is FALSE: NULL & FALSE is FALSE.
    return held & ~_absent(column, table) if column.absent else held


def _absent(column: FactColumn, table: Table) -> Truth:
    return table[column.absent].fill_null(False)


def _held(test: Test, column: FactColumn, table: Table) -> Truth:
    here = table[column.name]
    match test:
        case Flag():
            return here
        case OneOf(words=words) if column.kind is Kind.WORDS:
            return some(here.contains(word) for word in words)
        case OneOf(words=words):
            return here == words[0] if len(words) == 1 else here.isin(words)
        case Compare():
            return _compared(test, column, table)
    raise InternalFault(_("the test `{test}` asks for no fact").format(test=test))


def _compared(test: Compare, column: FactColumn, table: Table) -> Truth:
    if digits(test.number) > MOST_DIGITS:
        raise InternalFault(
            _("the number {number} has more digits than a column of facts tells apart").format(
                number=test.number
            )
        )
    limit = float(test.number)
    holds = _OPERATORS[test.op]
    known: Truth = holds(table[column.name], limit)
    if not column.low:
        return known
    low: NumericValue = table[column.low]
    high: NumericValue = table[column.high]
    # The comparison is monotone, so the ends of a range speak for all of it.
    surely, never = (low, high) if test.op in _UPWARD else (high, low)
    ranged = ibis.cases(
        (holds(surely, limit), True), (~holds(never, limit), False), else_=ibis.null("boolean")
    )
    return ibis.coalesce(known, ranged)
