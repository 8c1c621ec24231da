"""What a client is told of the names it sent: short ones whole, endless ones cut; and where it is sent to."""

from __future__ import annotations

import pytest

from tests.conformance.http_client import JSON, PREFIX, Http, assert_refused, bearer
from tests.conformance.server_process import ServerProcess

LONG = "x" * 5000
LONGEST_ERROR = 300


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"{PREFIX}/app/{LONG}/location"),
        ("POST", f"{PREFIX}/app/logins/auth/providers/{LONG}/login"),
        ("GET", f"/app/logins/endpoint/{LONG}"),
        ("GET", f"{PREFIX}/app/logins/service/s/incoming_webhook/{LONG}"),
    ],
)
def test_names_in_paths_are_cut(http: Http, method: str, path: str) -> None:
    """An unknown name of any length is not sent back at its full length."""
    answer = http.send(method, path)

    assert answer.status == 404
    assert len(answer.json["error"]) < LONGEST_ERROR


@pytest.mark.parametrize("service", ["", ',"service":"mongodb-atlas"', f',"service":"{LONG}"'])
def test_names_in_bodies_are_cut(http: Http, token: str, service: str) -> None:
    """Nor is that of a function or an operation."""
    body = f'{{"name":"{LONG}","arguments":[]{service}}}'.encode()
    answer = http.ask("POST", "/app/logins/functions/call", body, JSON | bearer(token))

    assert answer.status in {400, 404}
    assert len(answer.json["error"]) < LONGEST_ERROR


@pytest.mark.parametrize("host", ["", " ", "a b", "a/b", "evil.example/path", "a@b", "[", "[::1", "a:b", "a:123456"])
def test_bad_host_is_refused(http: Http, host: str) -> None:
    """A Host that is none is a bad request (RFC 9112, 3.2), and sends nobody anywhere."""
    answer = http.send("GET", f"{PREFIX}/app/logins/location", headers={"Host": host})

    assert_refused(answer, 400, "BadRequest", "Host")
    assert answer.json["link"].startswith("http://localhost/")


@pytest.mark.parametrize("host", ["login.example.com", "my_service:9090", "[::1]:9090", "10.0.0.1"])
def test_location_is_where_the_client_asked(http: Http, server: ServerProcess, host: str) -> None:
    """Any name by which the server is reached is told back."""
    answer = http.send("GET", f"{PREFIX}/app/logins/location", headers={"Host": host})

    assert (answer.json["hostname"], answer.json["ws_hostname"]) == (f"http://{host}", f"ws://{host}")
