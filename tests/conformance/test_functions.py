"""Function calls with the unmodified client: values both ways, failures, who may call what (contract 1.9, 4.2-4.8)."""

from __future__ import annotations

import pytest

from tests.conformance.http_client import Http
from tests.conformance.realm_web import Printed, RealmWeb

CALLER = {"does": "named", "id": "caller", "name": "Ada"}


def outcome_of(realm_web: RealmWeb, *call: object, caller: object = None) -> Printed:
    """What one call came to."""
    return realm_web.run("calls.mjs", caller or CALLER, [call])["outcomes"][0]


def test_values_come_back(realm_web: RealmWeb) -> None:
    """Arguments and results are the plain JavaScript values that the application expects."""
    calls = [["add", 1, 2], ["add", 1.5, 1], ["add", "a", "b"], ["echo", {"a": [1, None]}], ["echo", None],
             ["nothing"], ["nested/echo", "deep"], ["countArguments", 1, None, "x"], ["countArguments"]]  # fmt: skip
    outcomes = realm_web.run("calls.mjs", CALLER, calls)["outcomes"]

    assert [outcome.get("value", outcome) for outcome in outcomes] == [
        3, 2.5, "ab", {"a": [1, None]}, None, None, "deep", ["number", "null", "string"], [],
    ]  # fmt: skip


def test_bson_types_survive_the_round_trip(realm_web: RealmWeb) -> None:
    """A value that a function returns unchanged comes back with the BSON type it had, canonical."""
    printed = realm_web.run("round-trip.mjs")

    for name, answer in printed["answers"].items():
        assert answer["returned"] == answer["sent"], name
    assert printed["decoded"] == {"date": True}


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (("fail", "error", "it broke"), '{"message":"it broke","name":"Error"}'),
        (("fail", "text", "only text"), "only text"),
        (("fail", "text", {"a": "b"}), '{"a":"b"}'),
        (("fail", "reject", "too far"), '{"message":"too far","name":"RangeError"}'),
        (("fail", "reference"), "ReferenceError: 'unknown' is not defined"),
        (("fail", "member", {}), "TypeError: Cannot access member 'comments' of undefined"),
    ],
)
def test_failure_reaches_the_caller(realm_web: RealmWeb, call: tuple[object, ...], text: str) -> None:
    """A throw or rejection is a 400 FunctionExecutionError with the contract's text."""
    error = outcome_of(realm_web, *call)["error"]

    assert (error["type"], error["statusCode"], error["errorCode"]) == (
        "MongoDBRealmError", 400, "FunctionExecutionError",
    )  # fmt: skip
    assert error["error"] == text


@pytest.mark.parametrize("name", ["missing", "hidden", "logIn", "../logIn", "nested", "__proto__x"])
def test_what_clients_may_not_call_is_not_found(realm_web: RealmWeb, name: str) -> None:
    """An unknown function and a private one answer alike."""
    error = outcome_of(realm_web, name)["error"]

    assert (error["statusCode"], error["errorCode"]) == (404, "FunctionNotFound")
    assert error["error"] == f"function not found: '{name}'"


def test_private_function_serves_other_functions(realm_web: RealmWeb) -> None:
    """What a client may not call, a function may."""
    assert outcome_of(realm_web, "callHidden") == {"value": "found"}


def test_can_evaluate_decides_for_each_caller(realm_web: RealmWeb) -> None:
    """The rule lets the one user call, and refuses the other with the contract's text."""
    allowed = outcome_of(realm_web, "adaOnly")
    refused = outcome_of(realm_web, "adaOnly", caller={"id": "nameless"})["error"]

    assert allowed == {"value": "hello, Ada"}
    assert (refused["statusCode"], refused["errorCode"]) == (400, "FunctionExecutionError")
    assert refused["error"] == 'rule not matched for function "adaOnly"'


def test_function_runs_as_its_caller_or_as_system(realm_web: RealmWeb) -> None:
    """Rules bind a function as they bind its caller; `run_as_system` lifts them, and keeps the caller's name."""
    printed = realm_web.run("calls.mjs", CALLER, [["peopleAsCaller"], ["peopleAsSystem", "caller"], ["whoAmI"]])
    as_caller, as_system, me = printed["outcomes"]

    assert as_caller["error"]["errorCode"] == "FunctionExecutionError"
    assert as_system["value"] == {"people": 1, "creations": 1, "user": printed["id"], "isSystem": True}
    assert me["value"]["id"] == printed["id"]
    assert me["value"]["data"] == {"name": "Ada"}
    assert me["value"]["custom_data"]["external_id"] == "caller"
    assert not me["value"]["isSystem"]


@pytest.mark.parametrize(
    ("ending", "balances", "attempts", "failure"),
    [
        ("commits", [6, 4], 1, None),
        ("throws", [10, 0], 1, "no transfer today"),
        ("aborts", [10, 0], 1, None),
        ("conflicts", [106, 4], 2, None),
        ("forgets", [10, 0], 1, None),
    ],
)
def test_transactions_of_functions_are_made_whole_or_not_at_all(
    realm_web: RealmWeb, ending: str, balances: list[int], attempts: int, failure: str | None
) -> None:
    """A transaction is committed, undone, or done again where another write came in between (contract 5.1)."""
    outcome = outcome_of(realm_web, "transfer", f"{ending}-{id(realm_web)}", ending)

    assert outcome == {"value": {"balances": balances, "attempts": attempts, "failure": failure}}


def test_hostile_names_go_into_documents_and_come_back(http: Http, token: str) -> None:
    """What means something to JavaScript, to MongoDB or to SQL is only a name, in the sandbox and in the store."""
    hostile = {
        "__proto__": {"polluted": True}, "constructor": {"prototype": {"polluted": True}}, "": "empty", "0": "zero",
        "a.b": [{"c.d": None}], "'; DROP TABLE docs_1; --": "x", "toString": "text", "hasOwnProperty": False,
    }  # fmt: skip

    assert http.call(token, "keep", hostile).json == {"found": hostile, "polluted": "no"}


def test_undefined_is_written_as_such(http: Http, token: str) -> None:
    """On the wire a function without a result answers undefined, and one that returns null answers null."""
    assert http.call(token, "nothing").body == b'{"$undefined":true}'
    assert http.call(token, "echo", None).body == b"null"


def test_computed_numbers_have_the_type_they_need(http: Http, token: str) -> None:
    """An integer is an int where it fits 32 bits, else a long; everything else is a double."""
    sums = [http.call(token, "add", *given).json for given in ((1, 2), (2**31 - 1, 1), (0.5, 0.25), (1e300, 1e300))]

    assert sums == [
        {"$numberInt": "3"}, {"$numberLong": "2147483648"}, {"$numberDouble": "0.75"}, {"$numberDouble": "2e+300"},
    ]  # fmt: skip
