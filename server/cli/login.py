"""`vestibule login`: open a session on a server, kept for the commands that follow."""

from __future__ import annotations

import argparse
import getpass
import sys

from server.remote.client import log_in
from server.remote.exchange import RemoteError
from server.remote.login import RemoteLogin, save_login
from server.settings import Settings

SETTINGS: tuple[str, ...] = ()
LOG_LEVEL = "WARNING"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """URL (--username NAME | --key PUBLIC) [--profile NAME]."""
    parser.add_argument("url", metavar="URL", help="the server, as http://127.0.0.1:9090")
    who = parser.add_mutually_exclusive_group(required=True)
    who.add_argument("--username", metavar="NAME", help="log in with a password, which is asked for")
    who.add_argument("--key", metavar="PUBLIC", help="log in with an API key; its private part is asked for")
    parser.add_argument("--profile", default="default", metavar="NAME", help="keep the login under this name")


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Open the session and keep it; the secret comes from the terminal or the standard input, never from arguments."""
    del settings
    secret = _read_secret("Password: " if options.username else "Private key: ")
    try:
        login = _log_in(options, secret)
    except RemoteError as error:
        raise _advised(error) from None
    save_login(options.profile, login)
    sys.stdout.write(f"logged in at {login.url} as {options.username or options.key}\n")
    return 0


def _log_in(options: argparse.Namespace, secret: str) -> RemoteLogin:
    if options.username:
        return log_in(options.url, "local-userpass", {"username": options.username, "password": secret})
    return log_in(options.url, "mongodb-cloud", {"username": options.key, "apiKey": secret})


def _advised(error: RemoteError) -> RemoteError:
    """A refusal in words for a person: the server's are those that vendor tools expect (contract 12.1)."""
    if error.code != "AuthError":
        return error
    text = "no administrator has this name with this password, or this key pair"
    return RemoteError(f"{text}; on the server, `vestibule admins list` shows who there is", error.code)


def _read_secret(prompt: str) -> str:
    return getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
