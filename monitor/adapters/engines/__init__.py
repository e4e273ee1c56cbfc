"""What runs jobs: threads of this process, or the processes of a cluster through PostgreSQL."""
