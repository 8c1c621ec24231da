"""What a person does next after an error that is about something else than the command itself."""

from __future__ import annotations

import argparse
import errno
from collections.abc import Mapping
from typing import Final

_OF_CODES: Final[Mapping[object, str]] = {
    "AuthProviderNotFound": "enable the auth provider in the app, then push it",
    "BehindCurrentVersion": "`vestibule diff` shows what there is now; push again",
    "Forbidden": "`vestibule whoami` shows your roles",
    "FunctionNotFound": "`vestibule functions list {app}` shows all",
    "InvalidParameter": "`vestibule {command} --help` says what is taken",
    "RecordingNotFound": "`vestibule recordings list {app}` shows all",
    "TooManyRequests": "try again in a while",
    "UserNotFound": "`vestibule users list {app}` shows all",
    73: "a database's name has no blank and none of / \\ . \" $, a collection's no $",
}
"""By the code of a refusal: a server's, the data directory's, or the document store's (73: InvalidNamespace)."""
_OF_TYPES: Final[Mapping[str, str]] = {
    "DataDirectoryInUse": "stop it, or name another directory with --data-dir",
    "SecretsError": "--secrets names a file with a JSON object of names and texts",
    "SettingsError": "`vestibule {command} --help` lists the settings that it takes",
}
"""By the name of an error's class."""
_OF_FILES: Final[Mapping[int | None, str]] = {
    errno.ENOENT: "name a file or folder that is there",
    errno.EACCES: "see to it that you may read and write it",
    errno.EEXIST: "name another one: nothing is overwritten",
    errno.EISDIR: "name a file",
    errno.ENOTDIR: "name a folder",
    errno.ENOSPC: "make room",
}
"""By the number of an operating system's error."""


def told(error: Exception, options: argparse.Namespace) -> str:
    """The error's text, and what to do next where the text does not say so itself."""
    text, step = str(error), _OF_TYPES.get(type(error).__name__)
    if isinstance(error, OSError) and error.filename is not None:
        text, step = f"{error.filename}: {error.strerror}", _OF_FILES.get(error.errno)
    step = step or _OF_CODES.get(getattr(error, "code", None))
    if step is None or "`vestibule" in text:
        return text
    return f"{text}; {step.format(app=getattr(options, 'app', None) or 'APP', command=options.command)}"
