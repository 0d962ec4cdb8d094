"""The HTTP service: the page of a conference, CDS Hooks and the HTTP API over one knowledge base.

    settings.py    what a service is started with       app.py      the parts put together
    edge.py        what every request passes            details.py  every error as problem details (RFC 9457)
    access.py      who may ask: tokens, and with jwt_clients.py and key_sets.py clients that sign
    knowledge.py   the knowledge in use, replaced whole
    work.py        calculations, bounded in number and time; assessors.py  the processes that make them
    answers.py     from the bytes of a request to the bytes of an answer
    logbook.py     the decision log                     metrics.py  what is counted
    api/           assess, explain, pk, knowledge, decisions, health
    hooks/         CDS Hooks 2.0.1
    page/          the page of a conference

It never writes a fact of a patient to its own log, to a metric or to an address.
"""
