"""`python -m monitor` is the same as `news-monitor`."""

from monitor.cli import main

main(prog_name="news-monitor")
