"""What a change of the knowledge does: rule by rule in clinical words, and to whom.

Comes in: two Libraries with the documents that differ between them, and patients to look at. Goes out: a
Difference - what was edited, proved equal or shown on a patient, which way each therapy moved, and whose
verdict changes. Proofs come from `escalate.audit.verify`; files and git are the business of whoever calls.
"""
