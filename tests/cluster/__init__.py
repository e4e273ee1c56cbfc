"""Several processes over one database: units, contracts, and the real thing under faults."""
