"""Random operations put to a real mongod and to the embedded engine: they answer alike, or refuse alike.

`python -m tests.differential SEED COUNT` runs as many as one likes and prints what they disagree on.
"""

from __future__ import annotations

from typing import Final

import pytest
from pymongo import MongoClient

from server import ejson
from server.documents.admission import CODEC
from server.ejson import Document
from tests.differential.comparing import Disagreement, Run
from tests.differential.peers import DATABASE, Mongod

OPERATIONS: Final = 1200
MOST_DISAGREEMENTS: Final = 0.003
"""Of all operations; docs/documents.md says what they are and how many a long run has."""
MOST_OTHER_CODES: Final = 0.04
"""Of all operations: both refuse, but the one finds another fault first."""


@pytest.mark.parametrize("seed", [1, 2])
def test_the_peers_agree(mongod_uri: str, seed: int) -> None:
    """Filters, projections, sorts, updates, pipelines and expressions come out the same, types and order included."""
    with MongoClient[Document](mongod_uri) as client:
        run = Run(seed, Mongod(client.get_database(DATABASE, codec_options=CODEC)))
        found = list(run.disagreements(OPERATIONS))

    assert len(found) <= MOST_DISAGREEMENTS * OPERATIONS, "\n".join(map(_shown, found))
    assert len(run.other_codes) <= MOST_OTHER_CODES * OPERATIONS, "\n".join(map(_shown, run.other_codes))


def _shown(found: Disagreement) -> str:
    return f"{found.action} {ejson.dumps(found.arguments).decode()}\n  ours {found.ours!r}\n  theirs {found.theirs!r}"
