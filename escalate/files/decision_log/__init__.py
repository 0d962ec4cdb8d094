"""The decision log: what was assessed and decided, append-only, each entry chained to the one before it.

    chain.py     an entry as canonical JSON, and the hash that chains it
    entries.py   what an entry holds
    verify.py    what was altered, removed, inserted, reordered or cut off
    lines.py     an exported log, as JSON lines
    database.py  SQLite or PostgreSQL by URL; the only place that imports SQLAlchemy

The chain detects what was done to a log; nothing can prevent it where somebody owns the database.
"""
