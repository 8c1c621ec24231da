"""Apps with tests of their own, run in real sandboxes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

from runtime.limits import Limits
from runtime.supervisor import Sandboxes
from server.testing.app import build_app_under_test, read_app_under_test
from server.testing.results import Result
from server.testing.running import open_runner
from tests.app_folders import write_folder

RunTests: TypeAlias = Callable[..., Awaitable[list[Result]]]
Run: TypeAlias = Callable[..., Awaitable[Result]]

APP: Mapping[str, object] = {
    "realm_config.json": {"config_version": 20210101, "app_id": "shop-abcde", "name": "shop"},
    "values/greeting.json": {"name": "greeting", "value": "Hello"},
    "values/key.json": {"name": "key", "value": "apiKey", "from_secret": True},
    "data_sources/mongodb-atlas/config.json": {
        "name": "mongodb-atlas", "type": "mongodb-atlas", "config": {}, "secret_config": {"uri": "theRealOne"},
    },
    "data_sources/mongodb-atlas/shop/notes/rules.json": {
        "database": "shop", "collection": "notes",
        "roles": [
            {"name": "own", "apply_when": {}, "document_filters": {"read": {"owner": "%%user.id"}, "write": False},
             "read": True},
        ],
    },
    "functions/config.json": [
        {"name": "asSystem", "run_as_system": True},
        {"name": "asOther", "run_as_user_id": "other"},
        {"name": "guarded", "can_evaluate": {"%%user.data.role": "admin"}},
    ],
    "functions/asSystem.js": "exports = () => [context.runningAsSystem(), context.user.id ?? null];",
    "functions/asOther.js": "exports = () => [context.runningAsSystem(), context.user.id];",
    "functions/guarded.js": "exports = (...args) => args;",
    "functions/nested.js": "exports = async (name, ...args) => await context.functions.execute(name, ...args);",
    "functions/value.js": "exports = (name) => context.values.get(name);",
    "functions/notes.js": """
        exports = async () => {
          const notes = context.services.get("mongodb-atlas").db("shop").collection("notes");
          return await notes.find().toArray();
        };
    """,
    "functions/get.js": """
        exports = async (url) => {
          const { statusCode, headers, body } = await context.http.get({ url });
          return { statusCode, type: headers["Content-Type"], text: body.text() };
        };
    """,
    "functions/fetched.js": """
        exports = async (url) => {
          const answer = await fetch(url);
          return [answer.status, await answer.json()];
        };
    """,
    "functions/sms.js": "exports = (to) => context.services.get('sms').send({ to });",
    "functions/later.js": "exports = async (to) => { await context.after('sms', to); };",
    "functions/lib/helper.js": "module.exports = () => context.user.id;",
    "functions/helped.js": """
        const helper = require('./lib/helper');
        exports = async () => { await null; return helper(); };
    """,
    "functions/thrower.js": "exports = () => {\n  throw new RangeError('too far');\n};",
}  # fmt: skip


@pytest.fixture
def run_tests(sandboxes: Sandboxes, tmp_path: Path) -> RunTests:
    """All results of the tests of an app with these files beside `APP`'s."""

    async def run(
        files: Mapping[str, object], seconds: float = 30.0, secrets: Mapping[str, str] | None = None
    ) -> list[Result]:
        survey = read_app_under_test(write_folder(tmp_path / "app", {**APP, **files}), secrets or {})
        app = await build_app_under_test(survey, sandboxes)
        results: list[Result] = []
        async with open_runner(app, sandboxes, Limits(wall_time=seconds)) as runner:
            for file in app.files:
                listed = await runner.list(file)
                results += [listed] if isinstance(listed, Result) else [await runner.run(test) for test in listed]
        return results

    return run


@pytest.fixture
def run(run_tests: RunTests) -> Run:
    """The result of one test, by the body of its function."""

    async def run_one(body: str, **options: object) -> Result:
        (result,) = await run_tests({"functions/a.test.js": f"test('a', async () => {{\n{body}\n}});\n"}, **options)
        return result

    return run_one
