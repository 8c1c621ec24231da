"""Errors that a command tells in a line: whoever made them can mend them, and no traceback helps."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Final

_EXPECTED: Final[Mapping[str, tuple[str, ...]]] = {
    "builtins": ("OSError",),
    "runtime.errors": ("SandboxError",),
    "server.apps.problems": ("AppFolderError",),
    "server.auth.keys": ("SigningKeyError",),
    "server.backup.problems": ("BackupError",),
    "server.cli.data_directory": ("DataDirectoryInUse",),
    "server.cli.init": ("CannotInit",),
    "server.cli.secrets": ("SecretsError",),
    "server.cli.user_import": ("ImportFailed",),
    "server.documents.errors": ("DocumentError",),
    "server.documents.moving.problems": ("MovingError",),
    "server.ejson.values": ("EjsonError",),
    "server.errors": ("AppError",),
    "server.remote.exchange": ("RemoteError",),
    "server.remote.login": ("NotLoggedIn",),
    "server.settings": ("SettingsError",),
    "server.store.errors": ("StoreError",),
    "server.testing.results": ("TestingError",),
    "server.versions.archive": ("ArchiveError",),
    "server.versions.compiling": ("DeployFailed",),
    "server.versions.secret_box": ("SecretBoxError",),
}
"""Errors that are told in a line; those of a module that was never loaded cannot have been raised."""


def expected_errors() -> tuple[type[Exception], ...]:
    """Those of the modules that are loaded."""
    loaded = ((sys.modules[module], names) for module, names in _EXPECTED.items() if module in sys.modules)
    return tuple(getattr(module, name) for module, names in loaded for name in names)
