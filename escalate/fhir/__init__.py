"""FHIR R4 resources in: what of a record the patient file can hold, and what became of every entry.

In come plain dicts (a Bundle, a CDS Hooks prefetch, resources of a bulk export), out goes a document that the
patient reader takes, and a mapping report: each entry used, ignored or rejected, with the reason. Nothing is
guessed, free text is never read, and nothing here knows a rule.
"""
