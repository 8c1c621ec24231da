"""How log lines look: one record, one line, whatever text a guest or client put into it."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import orjson

from server.request_id import request_id

_CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), 0x7F, *range(0x80, 0xA0))}
_CONTROL |= {0x2028: "\\u2028", 0x2029: "\\u2029"}
_BEYOND_ASCII = {code: f"\\u{code:04x}" for code in _CONTROL if code >= 0x7F}
"""Control characters that JSON allows in strings, where some readers end a line."""
_OWN_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "request"}
"""What every record has; what it has beyond them was given with it."""


class OneLine(logging.Formatter):
    """Escapes control characters in messages, so that no text can forge a record; tracebacks keep their lines."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """The record's line."""
        id = request_id()
        return (super().formatMessage(record) + (f" [request {id}]" if id else "")).translate(_CONTROL)


class JsonLine(logging.Formatter):
    """A record as one JSON object: time, level, logger, message, the request's id, and what was given with it."""

    def format(self, record: logging.LogRecord) -> str:
        """The record's line."""
        fields: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if id := request_id():
            fields["request_id"] = id
        fields |= {name: value for name, value in vars(record).items() if name not in _OWN_FIELDS}
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)
        return orjson.dumps(_encodable(fields), default=str).decode().translate(_BEYOND_ASCII)


def _encodable(fields: dict[str, object]) -> dict[str, object]:
    """Text with lone surrogates cannot be JSON; what a client sent may hold them."""
    return {
        name: value.encode(errors="replace").decode() if isinstance(value, str) else value
        for name, value in fields.items()
    }


def set_up_logging(level: str, form: str) -> None:
    """Log to the standard error from this level on, as `text` or `json`."""
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False  # no line shows them
    handler = logging.StreamHandler()
    text = OneLine("%(asctime)s %(levelname)s %(name)s: %(message)s")
    handler.setFormatter(JsonLine() if form == "json" else text)
    logging.basicConfig(level=level, handlers=[handler])
