"""Rules against facts: durable_rules by two rails, and the evaluator; both run, and they must agree.

In come a `RuleBase` and the facts of one patient; out goes an `Evaluation` with a value for every rule
and finding and the proofs of the definite ones. The room knows neither therapies nor verdicts.
"""

from escalate.engine.fire import fire
from escalate.engine.model import Evaluation, Proof
from escalate.engine.rulebase import RuleBase

__all__ = ["Evaluation", "Proof", "RuleBase", "fire"]
