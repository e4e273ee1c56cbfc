"""What is asked for together, read from the archive, and its JSON: one shape for CLI and API."""
