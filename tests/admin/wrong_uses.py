"""Wrong uses of every command, each reviewed: how it ends, which word of it is wrong, what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

Use: TypeAlias = tuple[str, int, str, str]
"""A command line, its exit status, what its error names as wrong, and the next step that it offers."""

SEE: Final = "you see: "
OVERWRITES: Final = "name another folder"
NOT_LOGGED_IN: Final = (4, "you are not logged in", "`vestibule login URL --profile none` does that")
NO_FOLDER: Final = ("none: there is no such folder", "name the folder of an exported app")
NO_FILE: Final = ("No such file or directory", "name a file or folder that is there")
NO_DATA: Final = "--data-dir names the directory"


def helped(command: str) -> str:
    """Where more is said."""
    return f"`vestibule {command} --help` says more"


def no_choice(command: str, word: str) -> tuple[int, str, str]:
    """A word that is none of those to choose from."""
    return 2, f"invalid choice: '{word}' (choose from ", helped(command)


def required(command: str, word: str) -> tuple[int, str, str]:
    """A word that is missing."""
    return 2, f"arguments are required: {word}", helped(command)


def no_number(command: str, word: str) -> tuple[int, str, str]:
    """A word that is no number."""
    return 2, f"'{word}' is no number above 0", helped(command)


def unknown(command: str, word: str) -> tuple[int, str, str]:
    """A word that the command does not know."""
    return 2, f"unrecognized arguments: {word}", helped(command)


def no_app(app: str = "nope") -> tuple[int, str, str]:
    """An app that the server does not have."""
    return 1, f"there is no app '{app}' at http", SEE


OF_AUTHORS: Final[Mapping[str, list[Use]]] = {
    "init": [
        ("init {folder}", 1, "is there already", OVERWRITES),
        ("init {tmp}/users.csv", 1, "users.csv is a file", "name a folder"),
        ("init {tmp}/x --template nope", *no_choice("init", "nope")),
        ("init {tmp}/y --app-id a/b", 1, "'a/b' is not a valid name", "name the app with --app-id"),
    ],
    "dev": [
        ("dev {tmp}/none --port 0 --data-dir {tmp}/run", 1, *NO_FOLDER),
        ("dev {folder} --port x", 1, "port: Input should be a valid integer", "`vestibule dev --help` lists"),
        ("dev {folder} --port 0 --data-dir {data}", 1, "another server is running on", "stop it, or name another"),
        ("dev {folder} --nope", *unknown("dev", "--nope")),
    ],
    "serve": [
        ("serve {tmp}/none --port 0 --data-dir {tmp}/run", 1, *NO_FOLDER),
        ("serve {tmp} --port 0 --data-dir {tmp}/run", 1, "not an exported app", "name the folder that has it"),
        ("serve {folder} --port 70000", 1, "port: Input should be less", "`vestibule serve --help` lists"),
        ("serve {folder} --secrets {tmp}/none.json", 1, "none.json: No such file", "--secrets names a file"),
        ("serve {folder} --data-dir {tmp}/users.csv", 1, "users.csv is a file", "name a directory with --data-dir"),
    ],
    "run": [
        ("run {folder}", *required("run", "FUNCTION")),
        ("run {tmp}/none sum --data-dir {tmp}/run", 1, *NO_FOLDER),
        ("run {folder} nope --data-dir {tmp}/run", 1, "has no function 'nope'", "there are: login, "),
        ("run {folder} sum --user nobody --data-dir {tmp}/run", 1, "no user 'nobody'", "`vestibule users list` shows"),
        ("run {folder} sum --user nobody --system", 2, "--system: not allowed with", helped("run")),
    ],
    "measure": [
        ("measure {folder}", *required("measure", "FUNCTION")),
        ("measure {folder} nope --data-dir {tmp}/run", 1, "has no function 'nope'", "there are: login, "),
        ("measure {folder} sum --calls 0 --data-dir {tmp}/run", *no_number("measure", "0")),
        ("measure {folder} login null --data-dir {tmp}/run", 1, "login: ", "`vestibule run` shows where"),
    ],
    "test": [
        ("test {tmp}/none", 2, *NO_FOLDER),
        ("test {folder} --seconds x", 2, "'x' must be more than 0", helped("test")),
        ("test {folder} --filter zzz --data-dir {tmp}/run", 1, "no test has 'zzz'", "without --filter all are run"),
        ("test {folder} --record {tmp}/none/x", 1, "--record cannot write", "name a file in a folder that is there"),
        ("test", *required("test", "APP_DIR")),
    ],
    "types": [
        ("types", *required("types", "APP_DIR")),
        ("types {tmp}/none", 1, *NO_FOLDER),
        ("types {tmp}", 1, "not an exported app", "name the folder that has it"),
        ("types {folder} --output {tmp}/none/x", 1, *NO_FILE),
    ],
    "doctor": [
        ("doctor {tmp}/none", 2, *NO_FOLDER),
        ("doctor {folder} --secrets {tmp}/none", 1, "none: No such file", "--secrets names a file"),
        ("doctor {folder} --format xml", *no_choice("doctor", "xml")),
        ("doctor --nope", *unknown("doctor", "--nope")),
    ],
    "login": [
        (
            "login http://127.0.0.1:1 --username ada",
            1,
            "http://127.0.0.1:1 cannot",
            "does `vestibule serve` run there?",
        ),
        ("login {url}", 2, "--username --key is required", helped("login")),
        ("login {url} --username ada", 1, "no administrator has this name", "`vestibule admins list` shows"),
        ("login ftp://x --key k", 1, "'ftp://x' is no URL of a server", "it begins with http"),
    ],
    "logout": [
        ("logout --profile ../x", 4, "'../x' is no name of a profile", "it consists of letters"),
        ("logout --profile none", *NOT_LOGGED_IN),
        ("logout now", *unknown("logout", "now")),
    ],
    "whoami": [
        ("whoami --profile none", *NOT_LOGGED_IN),
        ("whoami --format xml", *no_choice("whoami", "xml")),
        ("whoami ada", *unknown("whoami", "ada")),
    ],
    "diff": [
        ("diff {tmp}/none", 1, *NO_FOLDER),
        ("diff {folder} --app nope", 1, "there is no app 'nope'", "`vestibule push --create` makes it"),
        ("diff {folder} --profile none", *NOT_LOGGED_IN),
    ],
    "push": [
        ("push {tmp}", 1, "not an exported app", "name the folder that has it"),
        ("push {folder} --app nope", 1, "there is no app 'nope'", "`vestibule push --create` makes it"),
        ("push {folder} --local --data-dir {tmp}/none", 1, "no data in", "`--data-dir DIR` names another place"),
    ],
    "pull": [
        ("pull nope", *no_app()),
        ("pull every {folder}", 1, "every is not empty", "add --force"),
        ("pull every {tmp}/users.csv", 1, "users.csv is a file", "name a folder"),
        ("pull every {tmp}/z --layout 2019", *no_choice("pull", "2019")),
    ],
    "deployments": [
        ("deployments nope", *no_app()),
        ("deployments every --limit x", *no_number("deployments", "x")),
        ("deployments every --profile none", *NOT_LOGGED_IN),
    ],
    "rollback": [
        ("rollback every --to 999", 1, "no successful deployment 999", "`vestibule deployments every` lists all"),
        ("rollback every --to x", *no_number("rollback", "x")),
        ("rollback nope", *no_app()),
        ("rollback", *required("rollback", "APP")),
    ],
}
"""Of commands that write an app and deploy it."""

OF_OPERATORS: Final[Mapping[str, list[Use]]] = {
    "admins": [
        ("admins remove nobody --data-dir {data}", 1, "no administrator 'nobody'", "`vestibule admins list` shows all"),
        ("admins add ada --role king", *no_choice("admins add", "king")),
        ("admins add short --data-dir {data}", 1, "at least 12 characters", "give a longer one"),
        ("admins remove", *required("admins remove", "LOGIN")),
    ],
    "audit": [
        ("audit", *required("audit", "APP")),
        ("audit nope", *no_app()),
        ("audit nope --data-dir {data}", 1, "there is no app 'nope' here", "there are 'every'"),
        ("audit every --data-dir {tmp}/none", 1, "none holds no data of a server", NO_DATA),
        ("audit every --event NOPE", *no_choice("audit", "NOPE")),
        ("audit every --limit 0", *no_number("audit", "0")),
    ],
    "keys": [
        ("keys --remove nope --data-dir {data}", 1, "there is no key 'nope'", "`vestibule keys` shows all"),
        ("keys --data-dir {tmp}/none", 1, "none holds no data of a server", NO_DATA),
        ("keys --rotate --remove x", 2, "--remove: not allowed with", helped("keys")),
        ("keys list", *unknown("keys", "list")),
    ],
    "fault": [
        ("fault every sum", 2, "--delay --trap --garbage --clear is required", helped("fault")),
        ("fault every sum --delay x", 2, "'x' is no number of seconds", helped("fault")),
        ("fault every sum --delay 1 --trap", 2, "--trap: not allowed with", helped("fault")),
        ("fault every nope --trap --data-dir {data}", 1, "has no function 'nope'", "there are 'login'"),
        ("fault nope sum --trap --data-dir {data}", 1, "there is no app 'nope' here", "there are 'every'"),
    ],
    "backup": [
        ("backup {folder} --data-dir {data}", 1, "every is there already", "a backup is a new directory"),
        ("backup {tmp}/b --data-dir {tmp}/none", 1, "none holds no data", NO_DATA),
        ("backup", *required("backup", "DIR")),
    ],
    "restore": [
        ("restore {tmp}/none --dry-run", 1, "none holds no backup", "`vestibule backup` writes"),
        ("restore {tmp}/backed --data-dir {data}", 1, "another server is running on", "stop it, or name another"),
        ("restore {tmp}/backed --data-dir {tmp}/run", 1, "is there already", "name another --data-dir"),
    ],
    "openapi": [
        ("openapi now", *unknown("openapi", "now")),
        ("openapi --nope", *unknown("openapi", "--nope")),
        ("openapi --format text", *unknown("openapi", "--format text")),
    ],
    "completion": [
        ("completion tcsh", *no_choice("completion", "tcsh")),
        ("completion", *required("completion", "SHELL")),
        ("completion bash zsh", *unknown("completion", "zsh")),
    ],
}
"""Of commands that operate a server."""
