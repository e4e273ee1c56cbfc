"""The command line: arguments → service, archive or configuration → text."""

from monitor.cli.main import main

__all__ = ["main"]
