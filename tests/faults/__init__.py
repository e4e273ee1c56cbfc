"""The proof that nothing is lost: real processes, really killed, over and over.

A trial is an installation on loopback whose daemon lives many lives on one database. Each ends
by SIGKILL: at a named failpoint, before the n-th SQL statement, or at any moment under load. After
each the database is audited as the dead process left it; at the end the receiver must have had
every alert, none under two ids. That the harness can fail is proven by sown bugs (seeds.py).
"""
