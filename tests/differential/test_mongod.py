"""The judge itself: a real mongod of the version that recorded answers come from, with transactions."""

from __future__ import annotations

from pymongo import MongoClient

from server.ejson import Document


def test_the_judge_is_the_version_that_answers_were_recorded_from(mongod_uri: str) -> None:
    """A judge of another version would make recorded and live answers differ."""
    with MongoClient[Document](mongod_uri) as client:
        assert client.server_info()["version"] == "6.0.5"


def test_the_judge_has_transactions(mongod_uri: str) -> None:
    """What is aborted is not there."""
    with MongoClient[Document](mongod_uri) as client, client.start_session() as session:
        things = client["judge"]["things"]
        things.insert_one({"_id": 1})
        with session.start_transaction():
            things.insert_one({"_id": 2}, session=session)
            session.abort_transaction()
        assert list(things.find()) == [{"_id": 1}]
