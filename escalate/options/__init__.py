"""From the values of rules to what a conference may consider: verdicts, ladder, alerts, what to measure.

In come the `Reasons` of one patient; out goes a `Proposal`. The room reads neither files nor the patient's
history: it knows facts, rules and therapies alone, and shares its table of verdicts with every other reading
of the rules.
"""
