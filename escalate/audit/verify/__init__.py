"""Proofs over all patients: what can never happen under these rules, or a patient to whom it does.

Comes in: a Library and the statements of rules/invariants.yaml and rules/assumptions.yaml. Goes out: for
each check that it is proved, that it is not proved, or a smallest patient as a witness. The only room that
imports z3; it refuses to know files and the command line.
"""
