"""An app that narrows its functions by `vestibule.json`, as its clients meet it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.conformance.http_client import Http, assert_refused
from tests.conformance.server_process import APPS, serve


@pytest.fixture(scope="module")
def narrowed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Http]:
    """Raw requests to the app `narrowed`."""
    with serve(tmp_path_factory.mktemp("data"), [APPS / "narrowed"], {"VESTIBULE_WORKERS": "1"}) as started:
        yield Http(url=started.url, app_id="narrowed")


@pytest.fixture(scope="module")
def visitor(narrowed: Http) -> str:
    """An access token."""
    access_token: str = narrowed.log_in({}, "anon-user").json["access_token"]
    return access_token


def test_a_function_has_its_own_processor_time(narrowed: Http, visitor: str) -> None:
    """Within it the function answers, beyond it the caller gets the code of the contract."""
    assert narrowed.call(visitor, "spins", 0).json == ""
    text = "exceeded 0.5 seconds of processor time"
    assert_refused(narrowed.call(visitor, "spins", 60_000), 400, "ExecutionTimeLimitExceeded", text)


def test_a_function_has_its_own_result_limit(narrowed: Http, visitor: str) -> None:
    """A limit of the app holds for a function, unless it has its own; also where another function calls it."""
    text = "the result exceeds the limit of 1000 bytes"
    assert narrowed.call(visitor, "returns", 998).status == 200
    assert_refused(narrowed.call(visitor, "returns", 999), 400, "FunctionExecutionError", text)
    assert narrowed.call(visitor, "spins", 0, 5000).status == 200
    assert narrowed.call(visitor, "executes", "spins", 0, 5000).json == {"$numberInt": "5000"}
    slow = narrowed.call(visitor, "executes", "spins", 60_000)
    assert_refused(slow, 400, "FunctionExecutionError", "exceeded 0.5 seconds of processor time")


def test_nesting_is_limited(narrowed: Http, visitor: str) -> None:
    """Functions call each other as deep as allowed and no deeper; it is the calling function that is told."""
    assert narrowed.call(visitor, "dives", 4).json == {"$numberInt": "4"}
    assert_refused(narrowed.call(visitor, "dives", 5), 400, "FunctionExecutionError", "more than 3 deep")


def test_concurrent_calls_of_an_app_are_limited(narrowed: Http, visitor: str) -> None:
    """Two calls are under way at once; a third is told to come again, and may when one has ended."""
    with ThreadPoolExecutor(2) as pool:
        under_way = [pool.submit(call_in_time, narrowed, visitor) for _ in range(2)]
        while (third := narrowed.call(visitor, "waits", 0)).status == 200:
            assert not all(call.done() for call in under_way)
        assert_refused(third, 429, "TooManyRequests", "too many concurrent requests")
        assert [call.result() for call in under_way] == ["waited", "waited"]
    assert narrowed.call(visitor, "waits", 0).json == "waited"


def call_in_time(http: Http, token: str) -> object:
    """What a call that takes five seconds returns, once it is let through."""
    while (answer := http.call(token, "waits", 5000)).status == 429:
        pass
    return answer.json


def test_a_function_reaches_the_hosts_of_its_policy_only(narrowed: Http, visitor: str) -> None:
    """To any other host nothing is sent, and the function is told so; an allowed one is looked up."""
    refused = narrowed.call(visitor, "fetches", "https://other.invalid/").json
    assert refused == "RestrictedHost: http: the app's policy does not allow GET to 'other.invalid'"
    assert narrowed.call(visitor, "fetches", "https://allowed.invalid/").json.startswith("HTTPError: ")
