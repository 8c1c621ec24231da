"""Wrong uses of the commands on an app that a server serves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.admin.wrong_uses import (
    NO_DATA,
    NO_FILE,
    NO_FOLDER,
    NOT_LOGGED_IN,
    Use,
    helped,
    no_app,
    no_choice,
    no_number,
    required,
)

OF_APPS: Final[Mapping[str, list[Use]]] = {
    "apps": [
        ("apps describe nope", *no_app()),
        ("apps delete every", 1, "this deletes every", "add --yes"),
        ("apps make x", *no_choice("apps", "make")),
        ("apps create other --app-id every", 1, "an app 'every' already exists", "--app-id gives it another id"),
        ("apps create a/b", 1, "'a/b' is not a valid name", "it consists of letters"),
    ],
    "functions": [
        ("functions run every nope", 1, "no function 'nope'", "`vestibule functions list every` shows all"),
        ("functions run every sum --user nope", 1, "user not found: 'nope'", "`vestibule users list every` shows all"),
        ("functions run every", *required("functions run", "FUNCTION")),
        ("functions list nope", *no_app()),
    ],
    "values": [
        ("values show every nope", 1, "there is no value 'nope'", "`vestibule values list every` shows all"),
        ("values delete every nope", 1, "there is no value 'nope'", "`vestibule values list every` shows all"),
        ("values set every a/b 1", 1, "'a/b' is not a valid name", "it consists of letters"),
        ("values set every v --from-secret nope", 1, "no secret 'nope'", "`vestibule secrets set`"),
        ("values set every v {{bad", 1, "the content of v begins as JSON and is none", "with --text"),
        ("values set every v [1,", 1, "the content of v begins as JSON and is none", "with --text"),
    ],
    "secrets": [
        ("secrets delete every nope", 1, "no secret 'nope'", "`vestibule secrets list every` shows all"),
        ("secrets set every a/b", 1, "'a/b' is not a valid name", "it consists of letters"),
        ("secrets list nope", *no_app()),
    ],
    "logs": [
        ("logs nope", *no_app()),
        ("logs nope --local --data-dir {data}", 1, "there is no app 'nope' here", "there are 'every'"),
        ("logs every --limit x", *no_number("logs", "x")),
        ("logs every --start yesterday", 2, "--start: 'yesterday' is no ISO 8601 moment", "write it as 2026-"),
        ("logs every --after x", 2, "--after: 'x' is no cursor", "`--format json` shows those"),
    ],
    "recordings": [
        ("recordings show every nope", 1, "not found: 'nope'", "`vestibule recordings list every` shows all"),
        ("recordings delete every nope", 1, "not found: 'nope'", "`vestibule recordings list every` shows all"),
        ("recordings list nope", *no_app()),
        ("recordings keep every", *no_choice("recordings", "keep")),
    ],
    "replay": [
        ("replay nope", 1, "there is no recording 'nope'", "`vestibule recordings list APP`"),
        ("replay nope --app every", 1, "not found: 'nope'", "`vestibule recordings list every` shows all"),
        ("replay {recording} --app every --source {tmp}/none", 1, *NO_FOLDER),
        ("replay nope --source {folder} --as-recorded", 2, "--as-recorded: not allowed with", helped("replay")),
        ("replay", *required("replay", "ID")),
    ],
    "documents": [
        ("documents find every db coll --data-dir {tmp}/none", 1, "no documents are kept in", NO_DATA),
        ("documents find every db coll {{x", 1, "FILTER is no Extended JSON", "write an object"),
        ("documents find every db coll --service x", 1, "has no service 'x'", "there are mongodb-atlas"),
        ("documents find nope db coll", *no_app()),
        ("documents find every a/b coll", 1, "Invalid database name: 'a/b'", "a database's name has no blank"),
        ("documents find every db coll --limit 0", *no_number("documents find", "0")),
        ("documents export every db coll {tmp}/o", 1, "there is no collection db.coll", "there are"),
        ("documents export every db * {tmp}/o", 1, "bson and archive hold several", "add --format archive"),
        ("documents indexes every db coll --make x", 1, "--make is no Extended JSON", "write an object"),
        ("documents indexes every db coll --drop x", 1, "db.coll has no index 'x'", "there is no such collection"),
        ("documents import every {tmp}/none --data-dir {tmp}/run", 1, *NO_FILE),
        ("documents import every {tmp}/users.csv --database d", 1, "users.csv: this is no BSON", "start the import"),
        ("documents import every {tmp}/none --profile none", *NOT_LOGGED_IN),
        ("documents nope every", *no_choice("documents", "nope")),
    ],
    "triggers": [
        ("triggers list every --data-dir {tmp}/none", 1, "none holds no data", NO_DATA),
        ("triggers show every nope --data-dir {data}", 1, "no event 'nope'", "`vestibule triggers list every`"),
        ("triggers show every nope", 1, "no event 'nope'", "`vestibule triggers list every`"),
        ("triggers enable every nope", 1, "no trigger 'nope'", "`vestibule triggers list every` shows all"),
        ("triggers disable every nope --local --data-dir {data}", 1, "no trigger 'nope'", "`vestibule triggers list"),
        ("triggers delete nope welcome", *no_app()),
        ("triggers set every t {tmp}/none.json", 1, *NO_FILE),
        ("triggers set every t {tmp}/users.csv", 1, "users.csv is no JSON", "`vestibule triggers show APP NAME`"),
        ("triggers set every t", *required("triggers set", "FILE")),
        ("triggers resume every welcome", 1, "there is nothing to resume", "`vestibule triggers list every`"),
        ("triggers replay every nope", 1, "there is nothing to replay", "`vestibule triggers dead every`"),
        ("triggers discard every nope", 1, "there is nothing to discard", "`vestibule triggers dead every`"),
        ("triggers list every --profile none", *NOT_LOGGED_IN),
        ("triggers dead every --skip x", 2, "'x' is no number of events", helped("triggers dead")),
    ],
    "api-keys": [
        ("api-keys create every a/b", 1, "'a/b' is no name of a key", "it has letters"),
        ("api-keys delete every nope", 1, "no key 'nope'", "`vestibule api-keys list every` shows all"),
        ("api-keys enable every nope --local --data-dir {data}", 1, "no key 'nope'", "`vestibule api-keys list every`"),
        ("api-keys disable every", *required("api-keys disable", "KEY")),
        ("api-keys list nope", *no_app()),
    ],
    "users": [
        ("users import {tmp}/none.csv --app every --data-dir {tmp}/run", 1, *NO_FILE),
        ("users import {tmp}/users.csv", *required("users import", "--app")),
        ("users show every nope", 1, "user not found: 'nope'", "`vestibule users list every` shows all"),
        ("users disable every nope", 1, "user not found: 'nope'", "`vestibule users list every` shows all"),
        ("users delete every nope --yes", 1, "user not found: 'nope'", "`vestibule users list every` shows all"),
        ("users delete every nope", 1, "this deletes user nope", "add --yes"),
        ("users create every ada@example.com", 1, "'local-userpass'", "enable the auth provider in the app"),
        ("users export {tmp}/users.csv --app every", *no_choice("users", "export")),
        ("users list nope", *no_app()),
        ("users list every --status x", *no_choice("users list", "x")),
        ("users list every --limit -1", *no_number("users list", "-1")),
        ("users list every --local --data-dir {tmp}/none", 1, "no data in", "`--data-dir DIR` names another place"),
    ],
}
"""Each reviewed as those of the other commands."""
