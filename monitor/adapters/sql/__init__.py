"""What the stores have in common: schema, rows, and statements that both databases take.

The statements are written in SQLite's words, with the hints that its planner needs. PostgreSQL
takes nearly all of them as they are; `adapters/postgres/dialect.py` has the few that it does not.
"""
