"""The checks of `escalate kb check`, one module per subject.

Each takes the Library, where it needs places the documents too, and yields a Problem with a stable code.
Nothing here proves anything over all patients (escalate/audit/verify) or looks at what changed (audit/diff).
"""
