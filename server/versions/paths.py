"""Paths of an app's files: what comes from outside names files of the app and of nothing else."""

from __future__ import annotations

import hashlib
import re

LONGEST = 512
_PART = re.compile(r"[^/\\\0-\x1f\x7f]{1,255}")
_IN_A_NAME = re.compile(r"[/\\\0-\x1f\x7f]")


class UnsafePath(ValueError):
    """The path leads out of the app, or is no path at all."""


def check_path(path: str) -> str:
    """The path, if it is one of an app's files: relative, with `/`, without `.` and `..`. Raises UnsafePath."""
    parts = path.split("/")
    is_safe = len(path) <= LONGEST and all(_PART.fullmatch(part) and part not in {".", ".."} for part in parts)
    if not is_safe:
        raise UnsafePath(f"{path[:100]!r} is not the path of an app's file")
    return path


def file_name(name: str) -> str:
    """A name as one part of a path; what a part cannot hold becomes `_`, and a digest tells such names apart."""
    part = _IN_A_NAME.sub("_", name)
    if part == name:
        return name
    return f"{part}-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
