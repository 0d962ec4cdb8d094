"""An assessment laid out for its readers: text, JSON, Markdown, HTML, PDF, FHIR, calendars and schemas.

In comes an `Assessment`, with whatever was planned or computed beside it; out go texts, bytes or plain
objects, in the language spoken now. The room opens no files, asks no clock and decides no verdict: it shows
what was decided.
"""
