"""Functions on documents through the unmodified client, on the embedded engine and on a real MongoDB (contract 5)."""

from __future__ import annotations

import pytest

from tests.conformance.realm_web import Printed, RealmWeb
from tests.conformance.server_process import ServerProcess

SMALLEST = [{"n": 1}, {"n": 2}]


@pytest.fixture(scope="module")
def outcomes(either_store: ServerProcess) -> Printed:
    """What the functions returned."""
    client = RealmWeb(url=either_store.url, app_id="logins")
    calls = [["everyMethod", f"things-{either_store.process.pid}"], ["returnsCursor"]]
    return client.run("calls.mjs", {"id": "methods"}, calls)["outcomes"]


def test_every_method_has_its_result(outcomes: Printed) -> None:
    """Each method returns what its row of the contract says, and what it wrote is there."""
    assert outcomes[0] == {"value": {
        "insertOne": True, "insertMany": [2, 3, 4], "types": [True, True, None, True, "9007199254740993", "number"],
        "chained": [{"n": 3}, {"n": 2}], "next": [3, 4, "undefined"], "findOneNothing": None,
        "updateOne": {"matchedCount": 1, "modifiedCount": 1}, "updateMany": {"matchedCount": 2, "modifiedCount": 2},
        "upserted": 5, "replaceOne": {"matchedCount": 1, "modifiedCount": 1}, "old": 50, "new": 52,
        "replaced": {"_id": 5, "n": 60}, "deleted": {"_id": 5, "n": 60},
        "aggregate": [{"_id": 1, "sum": 2}, {"_id": 2, "sum": 7}], "aggregateNext": {"_id": 1, "sum": 2},
        "count": [4, 2], "distinct": [1, 2], "bulkWrite": None, "after": [{"_id": 6, "n": 16}, {"_id": 9, "n": 90}],
        "deleteOne": {"deletedCount": 1}, "deleteMany": {"deletedCount": 3}, "documents": [{"x": 1}], "names": True,
        "databases": True, "absent": ["undefined"] * 4,
        "nested": {"cursor": SMALLEST, "inner": [2, {"deep": [1, 2]}]},
    }}  # fmt: skip


def test_returned_cursor_is_drained(outcomes: Printed) -> None:
    """The client gets its documents."""
    assert outcomes[1] == {"value": SMALLEST}


@pytest.mark.parametrize(
    ("ending", "balances", "attempts", "failure"),
    [
        ("commits", [6, 4], 1, None),
        ("throws", [10, 0], 1, "no transfer today"),
        ("aborts", [10, 0], 1, None),
        ("forgets", [10, 0], 1, None),
    ],
)
def test_transactions_hold_in_either_store(
    either_store: ServerProcess, ending: str, balances: list[int], attempts: int, failure: str | None
) -> None:
    """A transaction is committed or undone as a whole (contract 5.1)."""
    client = RealmWeb(url=either_store.url, app_id="logins")
    call = ["transfer", f"either-{ending}-{either_store.process.pid}", ending]

    assert client.run("calls.mjs", {"id": "methods"}, [call])["outcomes"] == [
        {"value": {"balances": balances, "attempts": attempts, "failure": failure}}
    ]
