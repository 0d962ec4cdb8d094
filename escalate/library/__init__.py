"""knowledge/ and rules/ as one frozen value with its digest.

In come documents (`nodes.Document`) by their relative path; out goes a `model.Library`, or every problem
at once. The room reads no files and knows no patient.
"""
