"""Collections with the unmodified client: reads and writes of two users under rules (contract 3, 10)."""

from __future__ import annotations

import pytest

from tests.conformance.realm_web import Printed, RealmWeb
from tests.conformance.server_process import ServerProcess


@pytest.fixture(scope="module")
def results(either_store: ServerProcess) -> Printed:
    """What Ada and Bob read and wrote, by the names that the script gives."""
    return RealmWeb(url=either_store.url, app_id="logins").run("collections.mjs")["results"]


def test_owner_reads_and_writes(results: Printed) -> None:
    """The owner's inserts, queries, updates and deletions have the results that the client promises."""
    expected = {
        "insertedId": True, "many": 2, "own": [{"n": 3}, {"n": 2}, {"n": 1}], "limited": ["mine"], "one": "a",
        "count": 3, "aggregated": [{"_id": None, "total": 6}], "updated": {"matchedCount": 3, "modifiedCount": 3},
        "upserted": ["matchedCount", "modifiedCount", "upsertedId"], "before": "mine", "after": "end",
        "replaced": "new", "foundAndDeleted": "new", "deleted": {"deletedCount": 3}, "left": 0,
    }  # fmt: skip

    assert {name: results[name] for name in expected} == expected


def test_another_users_documents_do_not_exist(results: Printed) -> None:
    """Who has no role for a document neither reads, counts, changes nor deletes it."""
    assert (results["others"], results["othersCount"]) == ([], 0)
    assert results["othersUpdate"] == {"matchedCount": 0, "modifiedCount": 0}
    assert results["othersDelete"] == {"deletedCount": 0}


def test_fields_are_hidden_from_readers(results: Printed) -> None:
    """A role's fields decide what of a document is seen."""
    assert results["readerSees"] == [["news", "hidden"]]
    assert results["authorSees"] == [["news", "secret"]]


@pytest.mark.parametrize(
    ("attempt", "code", "text"),
    [
        ("foreignInsert", "NoMatchingRuleFound", "insert not permitted"),
        ("readerWrites", "NoMatchingRuleFound", "update not permitted"),
        ("readerDeletes", "NoMatchingRuleFound", "delete not permitted"),
        ("handOver", "NoMatchingRuleFound", "update not permitted"),
        ("schemaInsert", "SchemaValidationFailedWrite", ""),
        ("withoutRules", "NoMatchingRuleFound", ""),
        ("writesWithoutRules", "NoMatchingRuleFound", ""),
        ("twice", "MongoDBError", "uplicate key error"),
        ("operator", "MongoDBError", "unknown top level operator: $who"),
        ("stage", "MongoDBError", "Unrecognized pipeline stage name: '$who'"),
        ("modifier", "MongoDBError", "Unknown modifier: $who"),
        ("none", "MongoDBError", "must provide at least one element"),
        ("service", "FunctionExecutionError", "Cannot access member 'insertOne' of undefined"),
    ],
)
def test_refusal_has_its_code_and_text(results: Printed, attempt: str, code: str, text: str) -> None:
    """What rules, schema or engine refuse is told in the words of the original."""
    error = results[attempt].get("error")
    assert error, f"{attempt} succeeded: {results[attempt]}"

    assert error["statusCode"] in {400, 403}
    assert error["errorCode"] == code
    assert text in error["error"]


def test_refused_writes_change_nothing(results: Printed) -> None:
    """The document that the reader may not write is as its author left it."""
    assert results["untouched"] == "news"
