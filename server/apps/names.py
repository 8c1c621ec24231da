"""Which names are valid (contract 4.5)."""

from __future__ import annotations

import re

MAX_NAME = 64
MAX_APP_NAME = 32
_FUNCTION = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*")
_TRIGGER = re.compile(r"[A-Za-z0-9_-]+")
_VALUE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


def why_not_function(name: str) -> str | None:
    """What is wrong with a function's name; None if nothing is. A slash stands for a folder."""
    return _why_not(_FUNCTION, name, "letters, digits, '_', '-', and '/' between folders")


def why_not_trigger(name: str) -> str | None:
    """What is wrong with a trigger's name."""
    return _why_not(_TRIGGER, name, "letters, digits, '_' and '-'")


def why_not_webhook(name: str) -> str | None:
    """What is wrong with a part of a webhook's address: the name of its service, or its own."""
    return _why_not(_TRIGGER, name, "letters, digits, '_' and '-'")


def why_not_value(name: str) -> str | None:
    """What is wrong with the name of a value."""
    return _why_not(_VALUE, name, "letters, digits, '_' and '-', and starts with a letter or digit")


def why_not_secret(name: str) -> str | None:
    """What is wrong with the name of a secret; those of older exports begin with `__` (contract 9.4)."""
    return _why_not(_TRIGGER, name, "letters, digits, '_' and '-'")


def why_not_app_id(app_id: str) -> str | None:
    """What is wrong with a client app id, which is a part of every URL."""
    return _why_not(_TRIGGER, app_id, "letters, digits, '_' and '-'")


def why_not_app_name(name: str) -> str | None:
    """What is wrong with an app's name."""
    return _why_not(_TRIGGER, name, "letters, digits, '_' and '-'", longest=MAX_APP_NAME)


def _why_not(pattern: re.Pattern[str], name: str, allowed: str, *, longest: int = MAX_NAME) -> str | None:
    if len(name) > longest:
        return f"a name has at most {longest} characters, this one has {len(name)}"
    if not pattern.fullmatch(name):
        return f"{name!r} is not a valid name: it consists of {allowed}"
    return None
