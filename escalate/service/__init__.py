"""The HTTP service: the page of a conference, CDS Hooks and the HTTP API over one knowledge base.

    settings.py   what a service is started with          app.py        the parts put together
    knowledge.py  the knowledge in use, replaced whole    work.py   calculations, in bounded number and time
    details.py    every error as problem details (RFC 9457)
    limits.py     size of a body, allowed hosts and origins
    api/          assess, explain, pk, knowledge, decisions, health, metrics
    hooks/        CDS Hooks 2.0.1
    page/         the page of a conference

It never writes a fact of a patient to its own log, to a metric or to an address.
"""
