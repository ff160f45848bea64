"""Log lines: for people at a terminal, or as JSON for programs."""

import logging
import sys

import structlog
from structlog.typing import Processor

from bootstrap.settings import LogFormat

QUIET = ("httpcore2", "httpx2", "alembic", "uvicorn.access", "clickhouse_connect")
"""Libraries whose every step is of no interest; their warnings are."""
TOLD_BY_US = ("urllib3.connectionpool", "clickhouse_connect.driver")
"""They warn of every try at a server that is away, which we tell ourselves, once."""


def configure_logs(form: LogFormat) -> None:
    """Every log line of the house and its libraries goes to standard error in that form, times in UTC."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    if form is LogFormat.CONSOLE:
        last = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    remove_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    exceptions: list[Processor] = [] if form is LogFormat.CONSOLE else [structlog.processors.format_exc_info]
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[remove_meta, *exceptions, last])
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in TOLD_BY_US:
        logging.getLogger(name).setLevel(logging.CRITICAL)
