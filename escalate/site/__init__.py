"""The knowledge as a static site that a clinician reads: a page per therapy, gate, pathway and antibody.

In come a `Library` and the documents it was built from; out goes the text of every file by its path.
Nothing is computed about a patient here, no file is opened, and no page needs a script or another server.
"""
