"""The login that every engine runs: as a call of a guest, and as a script for engines that know no guests."""

from __future__ import annotations

import os
from pathlib import Path

import orjson

from runtime.conversation import SEED
from runtime.messages import Call

FOLDER = Path(__file__).parent
APP = FOLDER / "apps" / "plain_login"
SOURCE = (APP / "functions" / "login.js").read_text(encoding="utf-8")
CREDENTIALS = {"username": "Ada.Lovelace", "password": "a password for measuring"}
EXPECTED = {"id": "ada.lovelace", "name": "Ada.Lovelace"}
_VALUES = {"passwordLength": orjson.loads((APP / "values" / "passwordLength.json").read_bytes())["value"]}


def guest_call() -> Call:
    """The login as the sandbox takes it."""
    return Call(
        function="login", arguments=orjson.dumps([CREDENTIALS]), context=orjson.dumps({"values": _VALUES, "user": {}})
    )


def guest_message() -> bytes:
    """The login as a worker hands it to its guest, with a seed of its own."""
    call = guest_call()
    head = b'{"type":"call","function":"login","arguments":%b,"context":%b' % (call.arguments, call.context)
    return head + b',"seed":"%b"}' % os.urandom(SEED).hex().encode()


def script() -> str:
    """The login as one script that leaves its result, as JSON text, in `globalThis.result`."""
    return (
        f"(function () {{\nconst values = {orjson.dumps(_VALUES).decode()};\n"
        "const context = { values: { get: (name) => values[name] } };\n"
        f"const login = (function (exports, context) {{\n{SOURCE}\n;return exports;\n}})({{}}, context);\n"
        f"login({orjson.dumps(CREDENTIALS).decode()}).then(\n"
        "  (value) => { globalThis.result = JSON.stringify(value); },\n"
        "  (error) => { globalThis.result = String(error); });\n})();"
    )


def expected_text() -> str:
    """What the script leaves."""
    return orjson.dumps(EXPECTED).decode()
