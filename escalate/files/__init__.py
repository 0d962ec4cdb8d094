"""Everything that is read from a disk or a database, or kept there: patients, knowledge, FHIR, logs, tokens.

In come addresses and bytes that nobody vouches for; out go the values of the rooms below, or every problem
with its place. The room decides nothing about a patient: what a value means, and what follows of it, is said
elsewhere.
"""
