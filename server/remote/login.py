"""Where a person is logged in: the server's URL and the session's tokens, in a file for the owner alone."""

from __future__ import annotations

import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class NotLoggedIn(Exception):
    """There is no session to use; the message says how to get one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteLogin:
    """A session on a server."""

    url: str
    access_token: str
    refresh_token: str


def login_path(profile: str) -> Path:
    """Where the session of a profile is kept. Raises NotLoggedIn for a name that is none."""
    if not _NAME.fullmatch(profile):
        raise NotLoggedIn(f"{profile!r} is no name of a profile: it consists of letters, digits, '_' and '-'")
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "vestibule" / f"{profile}.json"


def load_login(profile: str) -> RemoteLogin:
    """The session of a profile. Raises NotLoggedIn."""
    path = login_path(profile)
    try:
        return RemoteLogin(**orjson.loads(path.read_bytes()))
    except FileNotFoundError:
        raise NotLoggedIn(f"you are not logged in; {_login(profile)} does that") from None
    except (OSError, orjson.JSONDecodeError, TypeError) as error:
        raise NotLoggedIn(f"{path} cannot be used ({error}); {_login(profile)} makes it anew") from None


def _login(profile: str) -> str:
    return f"`vestibule login URL{'' if profile == 'default' else f' --profile {profile}'}`"


def save_login(profile: str, login: RemoteLogin) -> None:
    """Keep the session: the old one or the new one is there, never half of one."""
    path = login_path(profile)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    scratch = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(orjson.dumps(asdict(login)))
    scratch.replace(path)


def forget_login(profile: str) -> None:
    """Keep the session no more."""
    login_path(profile).unlink(missing_ok=True)
