"""What `vestibule doctor` finds beside sources: triggers, endpoints, rules, providers, values, secrets, powers."""

from __future__ import annotations

import pytest

from server.doctor.findings import Severity, Verdict
from server.doctor.reporting import as_json, as_text
from tests.integration.doctor.conftest import SOURCE, Examine, findings

pytestmark = pytest.mark.asyncio(loop_scope="session")

FAILS, WARNING = Severity.FAILS, Severity.WARNING
FUNCTION = "exports = () => 1;\n"
TRIGGER = {"name": "nightly", "type": "SCHEDULED", "config": {"schedule": "0 0 * * *"}, "function_name": "f"}
ENDPOINT = {"route": "/hook", "http_method": "POST", "function_name": "f", "validation_method": "NO_VALIDATION"}


async def test_a_trigger_of_no_function_is_told(examined: Examine) -> None:
    """A trigger that names a missing function will not run, with the line that names it."""
    report = await examined({"triggers/nightly.json": TRIGGER})
    (finding,) = findings(report, "trigger", "nightly")
    assert (finding.file, finding.line, finding.severity) == ("triggers/nightly.json", 7, FAILS)
    assert "there is no function 'f'" in finding.text


async def test_triggers_and_endpoints_run_no_better_than_their_functions(examined: Examine) -> None:
    """What a broken function carries will not run either."""
    files = {
        "functions/f.js": "exports = () => new Intl.Collator();\n",
        "triggers/nightly.json": TRIGGER, "http_endpoints/config.json": [ENDPOINT],
    }  # fmt: skip
    report = await examined(files)
    assert findings(report, "trigger", "nightly")[0].text == "its function 'f' will not run"
    assert findings(report, "endpoint", "POST /hook")[0].text == "its function 'f' will not run"


async def test_a_provider_without_its_function_is_told(examined: Examine) -> None:
    """A login function that does not exist is a finding of its provider."""
    entry = {"name": "custom-function", "type": "custom-function", "config": {"authFunctionName": "gone"}}
    report = await examined({"auth/providers.json": {"custom-function": {**entry, "disabled": False}}})
    (finding,) = findings(report, "provider", "custom-function")
    assert (finding.severity, finding.file, finding.line) == (FAILS, "auth/providers.json", 6)


async def test_rules_that_mean_nothing_are_told_at_their_line(examined: Examine) -> None:
    """Each problem of a collection's rules and schema has its file and line."""
    rules = {
        "roles": [{"name": "a", "apply_when": {"%%usr.id": "x"}, "read": True}],
        "database": "a",
        "collection": "b",
    }
    files = {
        "data_sources/mongodb-atlas/config.json": SOURCE,
        "data_sources/mongodb-atlas/a/b/rules.json": rules,
        "data_sources/mongodb-atlas/a/b/schema.json": {"bsonType": "nonsense"},
    }
    found = findings(await examined(files), "rule", "mongodb-atlas: a.b")
    assert {(finding.file.rpartition("/")[2], finding.line) for finding in found} == {
        ("rules.json", 6), ("schema.json", 2),
    }  # fmt: skip


async def test_missing_and_unused_secrets_are_told(examined: Examine) -> None:
    """Where the secrets are known, one that is missing keeps its value from running, and one too many is told."""
    files = {"values/key.json": {"name": "key", "value": "apiKey", "from_secret": True}}
    unknown = await examined(files)
    assert [each.severity for each in findings(unknown, "value", "key")] == [WARNING]
    known = await examined(files, {"other": "never shown"})
    assert [(each.severity, each.line) for each in findings(known, "value", "key")] == [(FAILS, 3)]
    assert findings(known, "secret", "other")[0].text == "nothing uses it"
    assert "never shown" not in as_text(known)
    assert not (await examined(files, {"apiKey": "text"})).has(FAILS)


async def test_the_text_of_a_webhooks_secret_is_never_shown(examined: Examine) -> None:
    """An incoming webhook may hold its secret's text where others hold a name."""
    options = {"httpMethod": "POST", "validationMethod": "SECRET_AS_QUERY_PARAM", "secret": "the-text-itself"}
    files = {
        "services/hooks/incoming_webhooks/in/config.json": {"name": "in", "options": options},
        "services/hooks/incoming_webhooks/in/source.js": "exports = () => new Intl.Collator();\n",
    }
    report = await examined(files, {})
    (finding,) = findings(report, "endpoint", "/service/hooks/incoming_webhook/in")
    assert (finding.file, finding.line) == ("services/hooks/incoming_webhooks/in/source.js", 1)
    assert "the-text-itself" not in as_text(report)


async def test_values_that_nobody_reads_are_noted(examined: Examine) -> None:
    """A value that no source names is noted, unless a source puts names together."""
    files = {"values/a.json": {"name": "a", "value": 1}, "functions/f.js": FUNCTION}
    report = await examined(files)
    assert "no function reads it" in as_text(report)
    files["functions/f.js"] = "exports = (name) => context.values.get(name);\n"
    assert "no function reads it" not in as_text(await examined(files))


async def test_functions_with_great_powers_are_told(examined: Examine) -> None:
    """A function that is open and runs as system is told; private ones and those with `can_evaluate` are not."""
    config = [
        {"name": "open", "run_as_system": True},
        {"name": "hidden", "run_as_system": True, "private": True},
        {"name": "guarded", "run_as_system": True, "can_evaluate": {"%%user.id": "a"}},
    ]
    anonymous = {"anon-user": {"name": "anon-user", "type": "anon-user", "disabled": False}}
    files = {"functions/config.json": config, "auth/providers.json": anonymous}
    report = await examined({**files, **{f"functions/{entry['name']}.js": FUNCTION for entry in config}})
    (finding,) = findings(report, "function", "open")
    assert (finding.file, finding.line) == ("functions/config.json", 2)
    assert finding.text.startswith("anybody may call it")
    assert findings(report, "function", "hidden") == findings(report, "function", "guarded") == []


async def test_an_open_endpoint_that_runs_as_system_is_told(examined: Examine) -> None:
    """An endpoint without validation whose function runs as system is anybody's."""
    config = [{"name": "f", "run_as_system": True, "private": True}]
    files = {"functions/config.json": config, "functions/f.js": FUNCTION, "http_endpoints/config.json": [ENDPOINT]}
    report = await examined(files)
    assert findings(report, "endpoint", "POST /hook")[0].text.startswith("anybody may request it")


async def test_what_is_not_served_is_told(examined: Examine) -> None:
    """Device Sync that is switched on is told, and settings that are off are not."""
    assert "Device Sync" in as_text(await examined({"sync/config.json": {"state": "enabled"}}))
    assert "Device Sync" not in as_text(await examined({"sync/config.json": {"state": "disabled"}}))


async def test_all_problems_of_a_folder_are_told_beside_the_rest(examined: Examine) -> None:
    """A folder that cannot be deployed is examined to its end all the same."""
    files = {
        "values/bad.json": "{ not json", "functions/config.json": [{"name": "gone"}],
        "functions/f.js": "exports = () => new Intl.Collator();\n",
    }  # fmt: skip
    report = await examined(files)
    failing = {(part.kind.value, part.name) for part in report.parts if part.verdict is Verdict.FAILS}
    assert failing == {("value", "values/bad.json"), ("function", "gone"), ("function", "f")}


async def test_a_folder_without_a_root_file_is_told(examined: Examine) -> None:
    """What is no export says so, and what would be one."""
    report = await examined({"realm_config.json": "{"})
    assert report.has(FAILS)
    assert "realm_config.json" in as_text(report)


async def test_the_json_has_every_finding(examined: Examine) -> None:
    """`--format json` says the same as the text, with the verdict of the whole."""
    told = as_json(await examined({"functions/f.js": "exports = () => require('zlib');\n"}))
    assert (told["app_id"], told["verdict"]) == ("shop-abcde", "runs")
    parts = told["parts"]
    assert isinstance(parts, list)
    (function,) = (part for part in parts if part["kind"] == "function")
    assert function["verdict"] == "runs with a shim"
    assert function["findings"][0] == {
        "severity": "shim", "file": "functions/f.js", "line": 1,
        "text": "zlib: by npm pako: neither Brotli nor Zstandard", "advice": "",
    }  # fmt: skip


async def test_tests_of_functions_are_no_functions(examined: Examine) -> None:
    """`*.test.js` and `*.test.ts` stay with the app and are never deployed."""
    report = await examined({"functions/f.js": FUNCTION, "functions/f.test.js": "test();", "functions/a/g.test.ts": ""})
    assert [part.name for part in report.parts if part.kind.value == "function"] == ["f"]
    assert not report.has(FAILS)


async def test_an_older_layout_is_told_by_its_own_files(examined: Examine) -> None:
    """Findings of an older export name the files and lines that its author has."""
    files = {
        "realm_config.json": None,
        "config.json": {"config_version": 20200603, "app_id": "shop-abcde", "name": "shop"},
        "functions/f/source.js": "exports = () => 1\n  + context.functions.execute('gone');\n",
        "functions/f/config.json": {"name": "f", "run_as_system": True},
        "auth_providers/custom-function.json": {
            "name": "custom-function", "type": "custom-function", "config": {"authFunctionName": "gone"},
            "disabled": False,
        },
    }  # fmt: skip
    report = await examined(files)
    assert [(finding.file, finding.line) for finding in findings(report, "function", "f")] == [
        ("functions/f/source.js", 2), ("functions/f/config.json", 1),
    ]  # fmt: skip
    (finding,) = findings(report, "provider", "custom-function")
    assert (finding.file, finding.line) == ("auth_providers/custom-function.json", 5)
