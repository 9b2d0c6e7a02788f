"""JSON log lines, one a record, safe to read in a terminal and to parse by a program."""

import json
import logging
import logging.handlers
import sys
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor

VALUE_LIMIT = 1_000
TRACEBACK_LIMIT = 16_000
FILE_BYTES = 10 * 1024 * 1024
FILES_KEPT = 3
SECRET_NAMES = ("password", "secret", "token", "authorization", "cookie", "credential", "passphrase")
HIDDEN = "[hidden]"


def escape_text(text: str, limit: int = VALUE_LIMIT) -> str:
    """Text whose control, format, separator and surrogate characters are written as escapes, cut at `limit`."""
    cut = text if len(text) <= limit else f"{text[:limit]}… (+{len(text) - limit})"
    if cut.isprintable():
        return cut
    return "".join(
        char if char in "\n\t" or char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in cut
    )


def clean(value: object, limit: int = VALUE_LIMIT) -> object:
    """A value as it may stand in a log line."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {escape_text(str(name)): HIDDEN if is_secret(str(name)) else clean(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [clean(item) for item in list(value)[:50]]
    return escape_text(value if isinstance(value, str) else str(value), limit)


def is_secret(name: str) -> bool:
    """Whether a name says that its value must not be written down."""
    lowered = name.lower()
    return any(word in lowered for word in SECRET_NAMES)


def _sanitise(_logger: object, _method: str, event: EventDict) -> EventDict:
    return {
        name: HIDDEN if is_secret(name) else clean(value, TRACEBACK_LIMIT if name == "exception" else VALUE_LIMIT)
        for name, value in event.items()
    }


def _to_json(_logger: object, _method: str, event: MutableMapping[str, Any]) -> str:
    return json.dumps(event, ensure_ascii=True, separators=(",", ":"))


SHARED_PROCESSORS: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
)


def configure_logging(level: str, *, file: Path | None = None, stream: TextIO | None = None) -> None:
    """Send all log records, ours and the libraries', through one encoder.

    file: where lines go, with rotation; the terminal then gets warnings only. Without it all go to standard output.
    stream: stands in for the terminal in tests.
    """
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*SHARED_PROCESSORS, structlog.stdlib.ExtraAdder()],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _sanitise,
            _to_json,
        ],
    )
    handlers: list[logging.Handler] = []
    if file is None:
        handlers.append(logging.StreamHandler(stream or sys.stdout))
    else:
        file.parent.mkdir(parents=True, exist_ok=True)
        handlers.append(
            logging.handlers.RotatingFileHandler(
                file, maxBytes=FILE_BYTES, backupCount=FILES_KEPT, encoding="utf-8", delay=True
            )
        )
        terminal = logging.StreamHandler(stream or sys.stderr)
        terminal.setLevel(logging.WARNING)
        handlers.append(terminal)
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
        old.close()
    for handler in handlers:
        handler.setFormatter(formatter)
        root.addHandler(handler)
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "alembic", "sqlalchemy", "httpx", "httpcore", "apscheduler", "botocore"):
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED_PROCESSORS,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
