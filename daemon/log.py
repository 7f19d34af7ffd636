"""Logging: one line an event on standard error, as text for people or JSON for machines."""

import logging
import sys
from typing import Literal, TextIO

import structlog

from slipwatch.exporters.terminal.text import plain

Format = Literal["text", "json"]


def configure(level: str, form: Format, stream: TextIO | None = None) -> None:
    """Send structlog and the standard library's loggers through one formatter.

    ``level`` is about slipwatch; libraries are heard from a warning on, because below that they
    log whole requests, headers included.
    """
    target = stream or sys.stderr
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                *_rendering(form, colors=target.isatty()),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(logging.WARNING, _number(level)))
    logging.getLogger("slipwatch").setLevel(_number(level))
    # The schedule tells of runs that came to nothing in words of its own.
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
    logging.getLogger("apscheduler.executors").setLevel(logging.CRITICAL)


def _rendering(form: Format, *, colors: bool) -> tuple[structlog.typing.Processor, ...]:
    if form == "json":
        return (structlog.processors.JSONRenderer(),)
    # The default formatter of exceptions shows local variables, and so tokens, at a terminal.
    formatter = structlog.dev.plain_traceback
    return _cleaned, structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=formatter)


def _cleaned(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Keep text of trackers from moving the cursor or faking lines; JSON escapes it anyway."""
    for key, value in event.items():
        if isinstance(value, str):
            lines = value.splitlines() if key == "exception" else [value]
            event[key] = "\n".join(plain(line) for line in lines)
    return event


def _number(level: str) -> int:
    return logging.getLevelNamesMapping()[level.upper()]
