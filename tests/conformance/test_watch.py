"""`collection.watch` with the unmodified client, and the stream's own form (contract 1.10, 3.5)."""

from __future__ import annotations

import base64
import json
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import quote, urlsplit

import pytest

from tests.conformance.http_client import Http, assert_refused, bearer
from tests.conformance.realm_web import Printed, RealmWeb
from tests.conformance.server_process import ServerProcess

CALL = "/app/logins/functions/call"
BOARD = {"database": "lobby", "collection": "board"}


@pytest.fixture(scope="module")
def seen(either_store: ServerProcess) -> Printed:
    """What Ada and Bob were told while Ada wrote."""
    return RealmWeb(url=either_store.url, app_id="logins").run("watch.mjs")


def test_owner_is_told_everything(seen: Printed) -> None:
    """Every write comes as an event of its kind, with the whole document, whatever characters are in it."""
    kinds = [event["operationType"] for event in seen["ada"]]

    assert kinds == ["insert", "insert", "update", "delete", "insert"]
    assert [event.get("title") for event in seen["ada"]] == ["first", "chosen", None, None, "last%25\n\r%"]
    assert seen["ada"][0]["draft"] == "secret"
    assert seen["ada"][2]["updateDescription"] == {
        "updatedFields": {"draft": "more", "n": 2}, "removedFields": ["title"],
    }  # fmt: skip
    assert all(event["ns"] == {"db": "lobby", "coll": "board"} for event in seen["ada"])


def test_reader_is_told_what_may_be_read(seen: Printed) -> None:
    """Fields that the role hides are in no part of an event: neither in the document nor in what an update did."""
    assert [event["operationType"] for event in seen["bob"]] == ["insert", "insert", "update", "delete", "insert"]
    assert not any("draft" in event for event in seen["bob"])
    assert seen["bob"][2]["updateDescription"] == {"updatedFields": {"n": 2}, "removedFields": ["title"]}
    assert seen["key"]
    assert seen["clusterTime"] in {"Timestamp", "Long"}


def test_filters_and_ids_pick_events(seen: Printed) -> None:
    """`filter` matches the event, `ids` the key; another user's documents are no events at all."""
    assert (seen["filtered"], seen["byId"], seen["note"]) == ("chosen", "chosen", "his")


def test_collection_without_rules_is_refused_before_the_stream(seen: Printed) -> None:
    """The client gets an ordinary error."""
    assert (seen["refused"]["error"]["statusCode"], seen["refused"]["error"]["errorCode"]) == (
        403,
        "NoMatchingRuleFound",
    )


def path_of(body: object, parameter: str = "baas_request", rest: str = "") -> str:
    """The route with the body as clients send it."""
    return f"{CALL}?{parameter}={quote(base64.b64encode(json.dumps(body).encode()))}{rest}"


def watch_of(**arguments: object) -> dict[str, object]:
    """The body of a watch on the board."""
    return {"name": "watch", "service": "mongodb-atlas", "arguments": [{**BOARD, **arguments}]}


@pytest.mark.parametrize("rest", ["&baas_at=", "&stitch_at="])
def test_token_may_stand_in_the_query(http: Http, token: str, rest: str) -> None:
    """Clients that cannot send headers are answered all the same; the stream begins at once, with its exact type."""
    connection = HTTPConnection(urlsplit(http.url).netloc, timeout=120)
    connection.request("GET", "/api/client/v2.0" + path_of(watch_of(), rest=rest + token))
    response: HTTPResponse = connection.getresponse()

    assert (response.status, response.getheader("Content-Type")) == (200, "text/event-stream")
    assert response.readline() == b": watching\n"
    connection.close()


def test_stitch_asks_whether_it_may_watch(http: Http, token: str) -> None:
    """The older SDK validates its request by a plain one, which must end."""
    path = path_of(watch_of(), "stitch_request", f"&stitch_at={token}&stitch_validate=true")

    assert http.ask("GET", path).status == 200


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (CALL, 400, "InvalidJSON"),
        (f"{CALL}?baas_request=%21%21", 400, "InvalidJSON"),
        (path_of([]), 400, "InvalidJSON"),
        (path_of({"name": "find", "service": "mongodb-atlas", "arguments": [BOARD]}), 400, "FunctionExecutionError"),
        (path_of({"name": "watch", "arguments": [BOARD]}), 400, "FunctionExecutionError"),
        (path_of(watch_of(ids="all")), 400, "InvalidParameter"),
        (path_of(watch_of(filter=[])), 400, "InvalidParameter"),
        (path_of(watch_of(filter={"$who": 1})), 400, "MongoDBError"),
        (path_of(watch_of(filter={"$where": "1"})), 400, "MongoDBError"),
    ],
)
def test_wrong_streams_are_refused(http: Http, token: str, path: str, status: int, code: str) -> None:
    """Before a stream begins its errors are ordinary answers."""
    assert_refused(http.ask("GET", path, headers=bearer(token)), status, code, "")


def test_stream_needs_a_token(http: Http) -> None:
    """Nobody watches without having logged in."""
    assert_refused(http.ask("GET", path_of(watch_of())), 401, "InvalidSession", "")
