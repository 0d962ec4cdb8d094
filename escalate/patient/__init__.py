"""One patient: a document becomes typed values, and these become the facts that rules read.

In come a `nodes.Document`, the library and the day; out go a `Patient` with every value in its place, or
every problem at once, and from it `PatientFacts`, stated and derived. The room opens no file, asks no clock
and knows no verdict.
"""
