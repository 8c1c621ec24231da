"""The commands there are, a row each: which module does it, and what the list of commands says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

WRITE, DEPLOY, APP, OPERATE, INSIDE = (
    "Write an app and try it", "Deploy to a server", "An app on a server", "Operate a server", "",
)  # fmt: skip
"""The groups of the list, in its order; what is inside is not listed."""


@dataclass(frozen=True, slots=True)
class Row:
    """A command: its group, its line in the list, its module in this package."""

    group: str
    about: str
    module: str


COMMANDS: Mapping[str, Row] = {
    "init": Row(WRITE, "write a new app with a login that works", "init"),
    "dev": Row(WRITE, "serve app folders, deploy what changes, show what functions do", "dev"),
    "serve": Row(WRITE, "deploy app folders and serve them", "serve"),
    "run": Row(WRITE, "run one function of an app folder in its sandbox", "run"),
    "measure": Row(WRITE, "measure how long calls of a function take", "measure"),
    "test": Row(WRITE, "run the tests of an app's functions in their sandbox", "test"),
    "types": Row(WRITE, "write declarations of an app's context for editors and TypeScript", "types"),
    "doctor": Row(
        WRITE,
        "check an app folder before it is deployed; without one, the walls of the sandbox on this machine",
        "doctor",
    ),
    "login": Row(DEPLOY, "log in at a server, for push, pull, logs and the other commands on a server", "login"),
    "logout": Row(DEPLOY, "end the session on a server", "logout"),
    "whoami": Row(DEPLOY, "show where you are logged in, and your roles", "whoami"),
    "diff": Row(DEPLOY, "show what pushing an app folder would change, powers in words", "diff"),
    "push": Row(DEPLOY, "deploy an app folder to a server", "push"),
    "pull": Row(DEPLOY, "write the served version of an app into a folder", "pull"),
    "deployments": Row(DEPLOY, "list the deployments of an app, newest first", "deployments"),
    "rollback": Row(DEPLOY, "serve an earlier deployment's version of an app again", "rollback"),
    "apps": Row(APP, "list, make, describe and delete apps on a server", "apps"),
    "functions": Row(APP, "list and run the functions of an app on a server", "functions"),
    "values": Row(APP, "list, show, set and delete the values of an app on a server", "values"),
    "secrets": Row(APP, "list, set and delete the secrets of an app on a server", "app_secrets"),
    "users": Row(APP, "list, make, disable, log out and delete the users of an app, import others", "users"),
    "logs": Row(APP, "show what the functions of an app did, and who logged in", "logs"),
    "recordings": Row(APP, "list, show and delete the recorded calls of an app", "recordings"),
    "replay": Row(APP, "run a recorded call again and tell where it differs", "replay"),
    "documents": Row(APP, "move documents in and out, look at them, list, make and drop indexes", "documents"),
    "triggers": Row(
        APP, "list, show, set, switch, resume and delete triggers, replay and discard what they gave up", "triggers"
    ),
    "api-keys": Row(APP, "list, make, switch and delete the server API keys of an app", "api_keys"),
    "admins": Row(OPERATE, "add, list and remove administrators", "admins"),
    "audit": Row(OPERATE, "show the security events of an app", "audit"),
    "backup": Row(OPERATE, "copy all data as of one moment, while they are served", "backup"),
    "restore": Row(OPERATE, "check a backup and put it into an empty data directory", "restore"),
    "keys": Row(OPERATE, "show, rotate or remove the keys that sign tokens", "keys"),
    "fault": Row(OPERATE, "rehearse the failure of a function on a running server", "fault"),
    "openapi": Row(OPERATE, "print the OpenAPI document of the Admin API", "openapi"),
    "completion": Row(OPERATE, "print what completes this command line in a shell", "completion"),
    "http-worker": Row(INSIDE, "", "http_worker"),
}
