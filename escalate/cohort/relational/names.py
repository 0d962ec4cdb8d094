"""What the columns of a query are called.

A test stands under its text (`heart.echo.lvef_percent < 45`), a finding under its head (`heart_grade>=C2`), a
rule under `rule KEY`: most engines do not tell `REFRACTORY`, the rule, from `refractory`, the finding.
"""

from __future__ import annotations

from escalate.library.model import Rule

MISSING = ":missing"


def rule_column(rule: Rule) -> str:
    """The value of a rule."""
    return f"rule {rule.key}"


def waits_for(rule: Rule) -> str:
    """The fields that a rule waits for."""
    return f"rule {rule.key}{MISSING}"


def fact_missing(fact: str) -> str:
    """The fields that would settle a fact."""
    return f"{fact}{MISSING}"
