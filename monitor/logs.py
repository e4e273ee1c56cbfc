"""Sets logging up once: one format for our lines and the libraries', to standard error."""

import logging
import sys
from typing import TextIO

import structlog


def configure(level: str = "info", style: str = "auto", stream: TextIO | None = None) -> None:
    """Log to standard error.

    Args:
        level: "debug", "info", "warning" or "error".
        style: "console" for people, "json" for machines, "auto": by whether it is a terminal.
    """
    stream = stream or sys.stderr
    if style == "auto":
        style = "console" if stream.isatty() else "json"
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_renderers(style, stream),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("apscheduler", "procrastinate", "urllib3", "uvicorn", "watchfiles"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
    # Of a server that is away, at each attempt: who uses the pool tells it once.
    logging.getLogger("psycopg.pool").setLevel(max(logging.ERROR, root.level))
    # What strangers send to the page is no news: a warning for each would fill the disk.
    logging.getLogger("uvicorn.error").setLevel(max(logging.ERROR, root.level))


def _renderers(style: str, stream: TextIO) -> list[structlog.typing.Processor]:
    if style == "json":
        return [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    # Not rich's: it shows the values of local variables, and some are secrets.
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=plain)]
