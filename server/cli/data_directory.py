"""One server at a time on a data directory."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class DataDirectoryInUse(Exception):
    """Another server holds the directory."""


@contextmanager
def hold(directory: Path) -> Iterator[None]:
    """Hold the directory's lock; it goes with the process, however that ends. Raises DataDirectoryInUse or OSError."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise NotADirectoryError(
            f"the data directory {directory} is a file, or lies below one; name a directory with --data-dir"
        ) from None
    descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise DataDirectoryInUse(f"another server is running on {directory}") from None
    finally:
        os.close(descriptor)
