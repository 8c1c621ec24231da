"""Metrics and logs of a running server, and the way from a client's error to its cause."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conformance.http_client import Http
from tests.conformance.server_process import APPS, ServerProcess, serve

TOKEN = "metrics-token"


@pytest.fixture(scope="module", params=["1", "2"], ids=["one process", "two processes"])
def observed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that logs JSON and shows metrics."""
    data = tmp_path_factory.mktemp("data")
    file: Path = tmp_path_factory.mktemp("token") / "token"
    file.write_text(TOKEN + "\n")
    settings = {
        "VESTIBULE_WORKERS": request.param, "VESTIBULE_HTTP_WORKERS": request.param, "VESTIBULE_LOG_FORMAT": "json",
        "VESTIBULE_METRICS_TOKEN_FILE": str(file),
    }  # fmt: skip
    with serve(data, [APPS / "narrowed"], settings) as started:
        yield started


def metrics(server: ServerProcess, authorization: str | None) -> tuple[int, str]:
    """Status and text of `/metrics`."""
    connection = HTTPConnection(urlsplit(server.url).netloc, timeout=120)
    try:
        connection.request("GET", "/metrics", headers={"Authorization": authorization} if authorization else {})
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def counted(server: ServerProcess, outcome: str) -> float:
    """How many calls of `returns` have ended so."""
    status, text = metrics(server, f"Bearer {TOKEN}")
    assert status == 200
    calls = rf'vestibule_calls_total\{{app="narrowed",function="returns",outcome="{outcome}"\}} (\S+)'
    found = re.search(calls, text)
    return float(found[1]) if found else 0.0


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", TOKEN])
def test_metrics_need_their_token(observed: ServerProcess, authorization: str | None) -> None:
    """Without it the route answers as one that does not exist."""
    status, text = metrics(observed, authorization)
    assert status == 404
    assert "vestibule_" not in text


def test_metrics_count_every_process(observed: ServerProcess) -> None:
    """Ten calls are ten, whichever process made them and whichever answers."""
    http = Http(url=observed.url, app_id="narrowed")
    token = http.log_in({}, "anon-user").json["access_token"]
    before = {outcome: counted(observed, outcome) for outcome in ("ok", "result")}
    for _ in range(10):
        assert http.call(token, "returns", 1).status == 200
    assert http.call(token, "returns", 5000).status == 400
    for _ in range(3):
        assert counted(observed, "ok") == before["ok"] + 10
        assert counted(observed, "result") == before["result"] + 1


def test_an_error_leads_to_its_records(observed: ServerProcess) -> None:
    """The id of the error's link is in every record of that request, each a JSON object on a line."""
    http = Http(url=observed.url, app_id="narrowed")
    token = http.log_in({}, "anon-user").json["access_token"]
    link = http.call(token, "returns", 5000).json["link"]
    id = link.rpartition("co_id=")[2]
    assert re.fullmatch("[0-9a-f]{24}", id)
    observed.output.wait_for(rf".*request refused.*{id}.*\n|.*{id}.*request refused.*\n")
    lines = [line for line in observed.output.text.splitlines() if id in line]
    records = [json.loads(line) for line in lines]
    assert {record["request_id"] for record in records} == {id}
    said = " ".join(record["message"] for record in records)
    assert "function returns failed: the result exceeds the limit of 1000 bytes" in said
    assert "request refused: FunctionExecutionError" in said
