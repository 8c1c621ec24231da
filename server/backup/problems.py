"""What can be wrong with a backup."""

from __future__ import annotations


class BackupError(Exception):
    """No backup was taken, or none was restored; the text is for the operator."""
