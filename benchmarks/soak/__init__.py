"""Real processes over a real feed server: one service beside a cluster of them, the same work."""
