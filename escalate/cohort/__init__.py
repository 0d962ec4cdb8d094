"""Many patients at once: documents become a table of facts, and the rules one relational expression over it.

    registry.py     the documents of a folder or of JSON Lines, one `Entry` each; `Refused` is a row left out
    bulk.py         the same of a FHIR bulk export, its lines gathered by patient
    nested.py       documents to Parquet files of facts, in parallel, a thousand each (`write_parts`)
    tables.py       a table of facts to the same, row by row refused (`write_tables`), with mapping.py for own
                    names, own_values.py for the values of one column, batches.py for the rows of the file
    parts.py        a file of facts and its note, whole or absent; resume.py: what a run was asked
    facts.py        one patient as a row of facts (`settled_facts`, `fact_row`, `table_of`, `arrow_schema`)
    columns.py      which columns the table of facts has (`fact_columns(library)`; read its docstring first)
    relational/     the fourth reading of the rules, as Ibis expressions:
      source.py     `typed(table, library)`: a table with some of these columns; `unbound(library)` for --sql
      condition.py  the condition tree over nullable Booleans
      strata.py     `settled(facts, library, kept)`: rules and findings
      missing.py    what an undecided rule waits for
      options.py    verdict, deciding rules, missing fields, step and scope of a therapy
      query.py      `verdicts(facts, library)` a row per patient and therapy, `patients(facts, library)` a row
                    per patient with scope, findings and the ladder
    run.py          a registry, whatever it is made of, as files of facts (`facts_of`)
    engines.py      `DuckDB()`, `Spark(master)`: `.write(question, parts, library, target)`; and
                    `sql(expression, dialect)`
    judge.py        the question asked a partition at a time (`judge`), and the files of the run (`publish`)
    attrition.py    who is where, closed by what, lacking what; attrition_files.py and figure.py show it
    compare.py      two runs side by side; exposure.py: what a regimen would give to each
    files.py        what a run writes, and how it is put in place; places.py: whether it may

In: documents or a table of facts, and a frozen library. Out: Parquet, CSV or the text of a query. What this
room refuses to know: how a verdict is reached; it reads the same rules and the same table as everybody.
"""
