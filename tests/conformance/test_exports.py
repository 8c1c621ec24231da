"""The authors' logs reach the standard output and a collector, from every process, without what logs may not hold."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from tests.conformance.collector import Collected, attributes, collector
from tests.conformance.http_client import Http
from tests.conformance.server_process import APPS, PATIENCE, ServerProcess, serve
from tests.conformance.test_personal_data import KEY, PERSON, PRIVATE


def in_time(looks: Callable[[], Any]) -> Any:
    """What it finds, once it finds something."""
    give_up = time.monotonic() + PATIENCE
    while not (found := looks()):
        assert time.monotonic() < give_up
        time.sleep(0.05)
    return found


def lines(server: ServerProcess, co_id: str, function: str) -> list[dict[str, Any]]:
    """The exported entries of a request's function."""
    found = [json.loads(line) for line in server.output.text.splitlines() if line.startswith('{"app":')]
    return [one for one in found if (one["co_id"], one["function_name"]) == (co_id, function)]


def of_request(collected: Collected, co_id: str, function: str) -> list[dict[str, object]]:
    """What the collector knows of a request's function, from its log records."""
    known = [attributes(record.attributes) | {"record": record} for record in list(collected.logs)]
    return [one for one in known if (one.get("vestibule.request"), one.get("faas.name")) == (co_id, function)]


@pytest.mark.parametrize("processes", ["1", "2"])
def test_entries_are_exported(tmp_path: Path, processes: str) -> None:
    """As lines and as log records with function, user, request and status; calls as spans of the request's trace."""
    secrets = tmp_path / "secrets.json"
    secrets.write_text(json.dumps({"keySecret": KEY}))
    with collector(refusals=1) as collected:
        settings = {
            "VESTIBULE_WORKERS": processes, "VESTIBULE_HTTP_WORKERS": processes,
            "VESTIBULE_EXPORT_LOGS": "stdout", "VESTIBULE_OTLP_ENDPOINT": collected.url,
        }  # fmt: skip
        with serve(tmp_path / "data", [APPS / "discreet"], settings, secrets=secrets) as server:
            http = Http(url=server.url, app_id="discreet")
            login = http.log_in({}, "anon-user").json
            told = http.call(login["access_token"], "tells", PERSON)
            (co_id,) = parse_qs(urlsplit(told.json["link"]).query)["co_id"]
            (line,) = in_time(lambda: lines(server, co_id, "tells"))
            (known,) = in_time(lambda: of_request(collected, co_id, "tells"))
            record = known.pop("record")
            (span,) = in_time(lambda: [one for one in list(collected.spans) if one.span_id == record.span_id])
        printed = server.output.text
    assert (line["app"], line["user_id"], line["error_code"]) == ("discreet", login["user_id"], "threw")
    assert "no way to reach [personal]" in line["error"]
    expected = {"vestibule.app": "discreet", "vestibule.status": "error", "user.id": login["user_id"]}
    assert known.items() >= (expected | {"client.address": "127.0.0.1", "error.type": "threw"}).items()
    assert known["vestibule.entry"] == line["_id"]
    assert "[secret keySecret]" in record.body.string_value
    assert (record.severity_text, record.trace_id.hex()) == ("ERROR", f"00000000{co_id}")
    assert (span.name, span.trace_id, span.status.code) == ("tells", record.trace_id, Status.STATUS_CODE_ERROR)
    assert 0 < span.end_time_unix_nano - span.start_time_unix_nano < PATIENCE * 1e9
    assert collected.services == {"vestibule"}
    sent = "".join(map(str, [*collected.logs, *collected.spans])) + printed
    assert not [text for text in PRIVATE if text in sent]


def test_a_collector_that_is_not_there_holds_nobody_up(tmp_path: Path) -> None:
    """Calls are answered, the loss is told, the server stops as ever."""
    settings = {
        "VESTIBULE_WORKERS": "1",
        "VESTIBULE_OTLP_ENDPOINT": "http://127.0.0.1:9",
        "OTEL_EXPORTER_OTLP_TIMEOUT": "1",
    }
    secrets = tmp_path / "secrets.json"
    secrets.write_text(json.dumps({"keySecret": KEY}))
    with serve(tmp_path / "data", [APPS / "discreet"], settings, secrets=secrets) as server:
        assert Http(url=server.url, app_id="discreet").log_in({}, "anon-user").status == 200
        server.output.wait_for("the OpenTelemetry collector did not take [1-9]")


def below(collected: Collected) -> set[tuple[str, str]]:
    """Each span by its name, and that of the one it stands below: empty where it is the first of its trace."""
    spans = list(collected.spans)
    names = {one.span_id: one.name for one in spans}
    return {(one.name, names.get(one.parent_span_id, "unknown") if one.parent_span_id else "") for one in spans}


def test_spans_stand_below_what_led_to_them(tmp_path: Path) -> None:
    """What a login ran, what a function called with other rights, what the queue ran afterwards: a trace for each."""
    expected = {
        ("login", ""), ("logIn", "login"), ("onUserCreation", "login"),
        ("note", "onUserCreation"), ("askAsUser", ""), ("noteSelf", "askAsUser"), ("keepNote", "noteSelf"),
    }  # fmt: skip
    with collector() as collected:
        settings = {"VESTIBULE_WORKERS": "1", "VESTIBULE_OTLP_ENDPOINT": collected.url}
        with serve(tmp_path / "data", [APPS / "creating"], settings) as server:
            http = Http(url=server.url, app_id="creating")
            token = http.log_in({"name": "ada"}).json["access_token"]
            assert http.call(token, "askAsUser", "ada").status == 200
            in_time(lambda: below(collected) == expected)
    assert len({one.trace_id for one in collected.spans}) == len({"login", "askAsUser"})
