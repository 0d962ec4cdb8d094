"""What the rules conclude about a patient before any therapy: grades, yes and no, each with its reasons.

In come the facts of one patient and the values of the rules; out go `Finding`s, and through `Reasons` the
facts that a rule stands on and the fields that it waits for. The room knows neither verdicts nor files, and
does not run the rules.
"""
