"""A response that a guest leaves is hostile until it is read."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from server import ejson
from server.api.endpoint_response import MOST_HEADERS, Filled, endpoint_response
from server.apps.model import Endpoint
from server.errors import AppError, ErrorCode

ENDPOINT = Endpoint(
    route="/r", http_method="GET", function_name="f", validation_method="NO_VALIDATION", respond_result=True,
    return_type="JSON", fetch_custom_user_data=False, create_user_on_auth=False, disabled=False,
)  # fmt: skip
EMPTY: Mapping[str, object] = {"status": None, "headers": [], "body": None}


def left(response: object, returned: object = None) -> bytes:
    """What a run gives back."""
    return ejson.dumps({"response": response, "returned": returned})


@pytest.mark.parametrize(
    "response",
    [
        None, [], {}, {**EMPTY, "status": "200"}, {**EMPTY, "status": True}, {**EMPTY, "status": 101},
        {**EMPTY, "status": 600}, {**EMPTY, "headers": {}}, {**EMPTY, "headers": ["a"]}, {**EMPTY, "headers": [["a"]]},
        {**EMPTY, "headers": [["a", 1]]}, {**EMPTY, "headers": [["a", "b", "c"]]},
        {**EMPTY, "headers": [["a b", "c"]]}, {**EMPTY, "headers": [["", "c"]]}, {**EMPTY, "headers": [["a:", "c"]]},
        {**EMPTY, "headers": [["a", "b\r\nc: d"]]}, {**EMPTY, "headers": [["a", "b\x00"]]},
        {**EMPTY, "headers": [["a", "b" * 9000]]}, {**EMPTY, "headers": [["a", "☃"]]},
        {**EMPTY, "body": 1}, {**EMPTY, "body": {"a": 1}},
    ],
    ids=repr,
)  # fmt: skip
def test_nonsense_is_refused(response: object) -> None:
    """Whatever the guest library would not have made, or HTTP cannot carry, is the function's error."""
    with pytest.raises(AppError) as refused:
        Filled.read(left(response))

    assert refused.value.code is ErrorCode.FUNCTION_EXECUTION_ERROR


@pytest.mark.parametrize("value", [b"null", b"[]", b'{"returned":1}'])
def test_value_of_another_form_is_refused(value: bytes) -> None:
    """A value that is no response is one, too."""
    with pytest.raises(AppError):
        Filled.read(value)


def test_headers_are_bounded() -> None:
    """A function that adds headers without end is cut short."""
    filled = Filled.read(left({**EMPTY, "headers": [["A", "b"]] * (MOST_HEADERS + 1)}))

    assert len(filled.headers) == MOST_HEADERS


@pytest.mark.parametrize("status", [204, 205, 304])
def test_statuses_that_have_no_body(status: int) -> None:
    """A body set beside them is left out: HTTP has no place for it."""
    response = endpoint_response(ENDPOINT, left({**EMPTY, "status": status, "body": "text"}), "")

    assert (response.status_code, response.headers.get("Content-Type")) == (status, None)


def test_framing_headers_are_the_servers() -> None:
    """What a function says of the connection is not sent."""
    lines = [["Transfer-Encoding", "chunked"], ["connection", "close"], ["X-Mine", "1"], ["Cache-Control", "public"]]
    response = endpoint_response(ENDPOINT, left({**EMPTY, "headers": lines}, "x"), "")

    assert response.headers.get("Transfer-Encoding") is None
    assert response.headers.get("Connection") is None
    assert (response.headers["X-Mine"], response.headers.getlist("Cache-Control")) == ("1", ["public"])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Strict-Transport-Security", "max-age=1"), ("NEL", "{}"), ("report-to", "{}"), ("Clear-Site-Data", '"*"'),
        ("Alt-Svc", 'h3=":443"'), ("Set-Cookie", "vestibule-oauth-0123=x"), ("set-cookie", "\tVestibule-oauth-0123=x"),
        ("Set-Cookie", "=vestibule-oauth-0123=x; Path=/"),
    ],
)  # fmt: skip
def test_headers_for_the_whole_host_are_the_operators(name: str, value: str) -> None:
    """One app's endpoint changes nothing of how browsers meet the others; cookies of its own it may set."""
    headers = [[name, value], ["X-Own", "a"], ["Set-Cookie", "own=vestibule-"]]
    response = endpoint_response(ENDPOINT, left({**EMPTY, "headers": headers}), "")

    assert value not in [kept for _, kept in response.headers.items()]
    assert (response.headers["X-Own"], response.headers["Set-Cookie"]) == ("a", "own=vestibule-")
