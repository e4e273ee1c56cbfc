"""The line in several processes: each holds leases of what it works at, and the tables the rest.

scheduler   wakes what is to be done, tells of health, judges what was fetched
fetch       polls the feeds of the partitions of hosts that it holds
story       judges what was fetched, one process at a time
deliver     sends to the webhooks that it holds
"""
