"""How log lines look: one record, one line, whatever text a guest or client put into it."""

from __future__ import annotations

import logging

_CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), 0x7F, *range(0x80, 0xA0))}
_CONTROL |= {0x2028: "\\u2028", 0x2029: "\\u2029"}


class OneLine(logging.Formatter):
    """Escapes control characters in messages, so that no text can forge a record; tracebacks keep their lines."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """The record's line."""
        return super().formatMessage(record).translate(_CONTROL)


def set_up_logging(level: str) -> None:
    """Log to the standard error from this level on."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler])
