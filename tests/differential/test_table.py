"""The table of single operations, answered by the embedded engine and by a real mongod as it was recorded."""

from __future__ import annotations

import pytest
from pymongo import MongoClient

from server.documents.admission import CODEC
from server.ejson import Document
from tests.differential.peers import DATABASE, Embedded, Mongod
from tests.differential.table import differences
from tests.differential.table_file import FILE, lines_of, numbers_of, read_table, spans

KNOWN: frozenset[str] = frozenset()
"""What docs/documents.md explains."""


def test_the_table_is_large() -> None:
    """Some hundred filters, and updates and expressions for each stored value."""
    table = read_table()

    assert len(table["filters"]) > 300
    assert len(table["documents"]) * (len(table["updates"]) + len(table["expressions"])) > 5000


def test_the_embedded_engine_answers_as_recorded() -> None:
    """The same documents, types and field order included, and the same codes of refusals."""
    peer = Embedded()
    found = set(differences(peer)) - KNOWN
    peer.close()

    assert not found, "\n".join(sorted(found))


def test_a_real_mongod_answers_as_recorded(mongod_uri: str) -> None:
    """The record is what the judge says today."""
    with MongoClient[Document](mongod_uri) as client:
        found = set(differences(Mongod(client.get_database(DATABASE, codec_options=CODEC))))

    assert not found, "\n".join(sorted(found))


def test_the_file_holds_the_table() -> None:
    """What is read of it is written as it stands there."""
    assert lines_of(read_table()) == FILE.read_bytes()


@pytest.mark.parametrize(("numbers", "text"), [([], ""), ([4], "4"), ([0, 1, 2, 5, 7, 8], "0-2 5 7-8")])
def test_numbers_as_spans(numbers: list[int], text: str) -> None:
    """And back."""
    assert (spans(numbers), list(numbers_of(text))) == (text, numbers)
