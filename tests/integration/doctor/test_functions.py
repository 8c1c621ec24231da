"""What `vestibule doctor` finds in sources: each finding by its place, its severity and its text."""

from __future__ import annotations

import pytest

from server.doctor.findings import Severity, Verdict
from tests.integration.doctor.conftest import SOURCE, Examine, findings

pytestmark = pytest.mark.asyncio(loop_scope="session")

FAILS, SHIM, WARNING, NOTE = Severity.FAILS, Severity.SHIM, Severity.WARNING, Severity.NOTE
FINDINGS = [
    ("let x = ;", FAILS, "SyntaxError"),
    ("require('left-pad')", FAILS, "npm left-pad is not installed"),
    ("require('./gone')", FAILS, "there is no file './gone'"),
    ("require('node:sqlite')", FAILS, "there is no module 'node:sqlite'"),
    ("require(name)", WARNING, "put together at run time"),
    ("require('child_process').execSync('ls')", FAILS, "uses child_process.execSync"),
    ("const { spawn } = require('node:child_process')", FAILS, "uses child_process.spawn"),
    ("require('fs').writeFileSync('a', 'b')", FAILS, "writes files by fs.writeFileSync"),
    ("require('fs').readFileSync('a')", WARNING, "fs.readFileSync finds no file"),
    ("require('http').createServer()", FAILS, "http.createServer listens"),
    ("require('util').styleText('red', 'a')", FAILS, "util.styleText does not exist"),
    ("require('zlib')", SHIM, "npm pako"),
    ("require('bcryptjs')", SHIM, "the host computes npm bcryptjs"),
    ("context.values.get('gone')", WARNING, "there is no value 'gone'"),
    ("const NAME = 'go' + 'ne'; context.values.get(NAME)", WARNING, "there is no value 'gone'"),
    ("context.services.get('cluster9')", FAILS, "there is no service 'cluster9'"),
    ("context.services.get('sms').send({})", FAILS, "services of type 'twilio' are not served"),
    ("context.services.get('mongodb-atlas').db('a').collection('b').createIndex({})", FAILS, "no createIndex()"),
    ("context.services.get('mongodb-atlas').db('a').collection('b').findOne({})", WARNING, "a.b has no rules"),
    ("context.functions.execute('gone')", FAILS, "calls the function 'gone'"),
    ("context.after('gone')", FAILS, "calls the function 'gone'"),
    ("const f = { $where: 'x' }", FAILS, "$where is refused"),
    ("const f = [{ $geoNear: {} }]", FAILS, "$geoNear is refused"),
    ("const f = { $text: {} }", FAILS, "$text is refused"),
    ("new Intl.NumberFormat()", FAILS, "'Intl' is not defined here"),
    ("fetch('http://127.0.0.1:80/')", FAILS, "127.0.0.1:80 is a private address"),
    ("context.http.get({ url: 'https://other.example/a' })", FAILS, "does not allow GET to other.example"),
    ("context.http.post({ url: `https://api.example/${1}` })", FAILS, "does not allow POST to api.example"),
    ("fetch('https://other.example/a', { method: 'delete' })", FAILS, "does not allow DELETE to other.example"),
    ("require('net').connect({ host: 'db.example' })", FAILS, "does not allow CONNECT to db.example"),
]
FINE = [
    "typeof Intl",
    "require('child_process')",
    "context.values.get('known')",
    "context.values.get(name)",
    "context.services.get('http').get({ url: 'https://api.example/a' })",
    "const other = context.services.get('plain').get({ url: 'https://api.example/a' })",
    "context.http.get({ url: 'https://api.example/a' })",
    "context.services.get('mongodb-atlas').db('a').collection('ruled').findOne({})",
    "const text = '$where', more = { 'a.$where': 1 }",
    "setTimeout(() => {}, 1); BSON; EJSON; utils; structuredClone",
    "(await import('lodash-less')).default",
    "// require('left-pad')",
]
POLICY = {"http": {"allow": [{"hosts": ["api.example"], "methods": ["GET"]}, {"hosts": ["127.0.0.1"]}]}}
APP = {
    "vestibule.json": POLICY,
    "values/known.json": {"name": "known", "value": 1},
    "services/sms/config.json": {"name": "sms", "type": "twilio", "config": {}},
    "services/plain/config.json": {"name": "plain", "type": "http", "config": {}},
    "data_sources/mongodb-atlas/config.json": SOURCE,
    "data_sources/mongodb-atlas/a/ruled/rules.json": {
        "database": "a", "collection": "ruled", "roles": [{"name": "all", "apply_when": {}, "read": True}],
    },
    "functions/node_modules/lodash-less/package.json": {"name": "lodash-less", "version": "1.0.0"},
    "functions/node_modules/lodash-less/index.js": "module.exports = {};",
}  # fmt: skip


def function(line: str) -> str:
    """A function whose third line this is."""
    return f"exports = async function (name) {{\n  // here:\n  {line}\n}};\n"


@pytest.mark.parametrize(("line", "severity", "text"), FINDINGS)
async def test_each_finding_has_its_line(examined: Examine, line: str, severity: Severity, text: str) -> None:
    """What a source asks for and cannot have is told once, with file, line and what to do."""
    report = await examined({**APP, "functions/f.js": function(line)})
    found = [finding for finding in findings(report, "function", "f") if text in finding.text]
    assert [(finding.file, finding.line, finding.severity) for finding in found] == [("functions/f.js", 3, severity)]
    assert report.has(FAILS) == (severity is FAILS)


@pytest.mark.parametrize("line", FINE)
async def test_nothing_is_said_of_what_runs(examined: Examine, line: str) -> None:
    """What works is no finding."""
    report = await examined({**APP, "functions/f.js": function(line)})
    assert findings(report, "function", "f") == []


async def test_hosts_that_are_called_are_listed(examined: Examine) -> None:
    """Each host that a call names is noted, also where its address is put together of constants."""
    source = (
        "const HOST = 'https://api.example';\nexports = (id) => context.http.get({ url: `${HOST}/users/${id}` });\n"
    )
    report = await examined({"functions/f.js": source})
    (part,) = (part for part in report.parts if part.name == "f")
    assert [(finding.text, finding.line) for finding in part.findings] == [("calls api.example (GET)", 2)]


async def test_a_private_address_that_the_operator_names_is_fine(examined: Examine) -> None:
    """`--allowed-hosts` counts here as it does for the server."""
    files = {"functions/f.js": "exports = () => fetch('http://127.0.0.1:8080/');\n"}
    assert (await examined(files)).has(FAILS)
    assert not (await examined(files, allowed=("127.0.0.1:8080",))).has(FAILS)


async def test_typescript_and_modules_keep_their_lines(examined: Examine) -> None:
    """A finding in TypeScript, or in an ES module, has the line that the author wrote."""
    typed = "interface A {\n  a: string;\n}\nexport default (a: A): unknown => context.values.get('gone') as unknown;\n"
    report = await examined({"functions/f.ts": typed, "functions/m.js": "import fs from 'fs';\nexport default 1;\n"})
    assert [(finding.file, finding.line) for finding in findings(report, "function", "f")] == [("functions/f.ts", 4)]
    assert [(each.file, each.line) for each in findings(report, "function", "m")] == [("functions/m.js", 1)]


async def test_what_a_required_file_does_is_said_of_who_requires_it(examined: Examine) -> None:
    """A function fails with the app's own modules that it leads to, at their place."""
    files = {
        "functions/f.js": "const a = require('./lib/a');\nexports = () => a();\n",
        "functions/lib/a.js": "module.exports = () => require('./b');\n",
        "functions/lib/b.js": "\nmodule.exports = () => context.functions.execute('gone');\n",
    }
    report = await examined(files)
    told = [(finding.file, finding.line) for finding in findings(report, "function", "f") if "'gone'" in finding.text]
    assert told == [("functions/lib/b.js", 2)]


async def test_packages_are_loaded_for_real(examined: Examine) -> None:
    """A package that throws while it loads fails its functions, and one that loads does not."""
    files = {
        "functions/package.json": {"dependencies": {"bad": "1", "good": "1", "idle": "1"}},
        "functions/node_modules/bad/index.js": "\nnew Intl.Collator();\n",
        "functions/node_modules/good/index.js": "module.exports = 1;\n",
        "functions/f.js": "const bad = require('bad');\nexports = () => bad;\n",
        "functions/g.js": "const good = require('good');\nexports = () => good;\n",
    }
    report = await examined(files)
    (finding,) = findings(report, "function", "f")
    assert (finding.severity, finding.line) == (FAILS, 1)
    assert "npm bad does not load" in finding.text
    assert "'Intl' is not defined" in finding.text or "Intl is not defined" in finding.text
    verdicts = {part.name: part.verdict for part in report.parts if part.kind.value in {"package", "function"}}
    assert verdicts == {
        "f": Verdict.FAILS, "g": Verdict.RUNS, "bad": Verdict.FAILS, "good": Verdict.RUNS, "idle": Verdict.RUNS,
    }  # fmt: skip


async def test_functions_that_cannot_be_called_are_told(examined: Examine) -> None:
    """A source without a function in `exports` is told, unless another function requires it."""
    files = {"functions/lost.js": "const a = 1;\n", "functions/lib.js": "exports.a = 1;\n"}
    report = await examined({**files, "functions/f.js": "exports = () => require('./lib');\n"})
    assert "no function to 'exports'" in findings(report, "function", "lost")[0].text
    assert findings(report, "function", "lib") == []


async def test_hooks_and_triggers_need_no_rules(examined: Examine) -> None:
    """What the server itself calls runs as system, so that collections without rules are open to it."""
    source = "exports = () => context.services.get('mongodb-atlas').db('a').collection('b').find();\n"
    hooks = ["created", "logIn", "confirm", "reset", "nightly"]
    userpass = {
        "autoConfirm": False, "runConfirmationFunction": True, "confirmationFunctionName": "confirm",
        "runResetFunction": True, "resetFunctionName": "reset",
    }  # fmt: skip
    providers: dict[str, dict[str, object]] = {
        "custom-function": {"config": {"authFunctionName": "logIn"}}, "local-userpass": {"config": userpass},
    }  # fmt: skip
    files = {
        "data_sources/mongodb-atlas/config.json": SOURCE,
        "auth/custom_user_data.json": {"enabled": False, "on_user_creation_function_name": "created"},
        "auth/providers.json": {name: {"name": name, "type": name, **entry} for name, entry in providers.items()},
        "triggers/nightly.json": {
            "name": "nightly", "type": "SCHEDULED", "config": {"schedule": "0 0 * * *"}, "function_name": "nightly",
        },
        **{f"functions/{name}.js": source for name in [*hooks, "called"]},
    }  # fmt: skip
    report = await examined(files)
    assert not report.has(FAILS)
    assert [name for name in [*hooks, "called"] if findings(report, "function", name)] == ["called"]


async def test_hostile_sources_are_told_and_end(examined: Examine) -> None:
    """Sources made to keep a parser or an analysis busy are told or examined; the others are not held up."""
    doubling = "const a0 = 'x';\n" + "".join(f"const a{n + 1} = a{n} + a{n};\n" for n in range(60))
    files = {
        "functions/nested.js": "exports = " + "(" * 20_000 + ")" * 20_000 + ";\n",
        "functions/doubling.js": doubling + "exports = () => context.values.get(a60);\n",
        "functions/fine.js": "exports = () => 1;\n",
    }
    report = await examined(files)
    verdicts = {part.name: part.verdict for part in report.parts if part.kind.value == "function"}
    assert verdicts == {"nested": Verdict.FAILS, "doubling": Verdict.RUNS, "fine": Verdict.RUNS}
