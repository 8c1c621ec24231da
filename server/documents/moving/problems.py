"""What is wrong with a file that documents are to be read from."""

from __future__ import annotations


class MovingError(Exception):
    """A file that cannot be read to its end, or documents that cannot be kept; the message says where."""
