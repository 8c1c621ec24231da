"""A long differential run by hand: `python -m tests.differential SEED COUNT [SHOWN]` prints disagreements."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from pymongo import MongoClient

from server import ejson
from server.documents.admission import CODEC
from server.ejson import Document
from tests.differential.comparing import Run
from tests.differential.peers import DATABASE, Mongod
from tests.mongod import find_mongod, running_mongod


def main(seed: int, count: int, shown: int = 20) -> None:
    """Run, print the first disagreements and the rate."""
    binary = find_mongod()
    if binary is None:
        sys.exit("no mongod here")
    with (
        tempfile.TemporaryDirectory(prefix="mongod-") as directory,
        running_mongod(binary, Path(directory)) as mongod,
        MongoClient[Document](mongod.uri) as client,
    ):
        database = client.get_database(DATABASE, codec_options=CODEC)
        found = 0
        run = Run(seed, Mongod(database))
        for number, each in enumerate(run.disagreements(count)):
            found = number + 1
            if number < shown:
                print(f"--- {each.action} {ejson.dumps(each.arguments).decode()}")
                print(f"    ours   {each.ours.decode()}\n    theirs {each.theirs.decode()}")
    print(f"seed {seed}: {found} disagreements in {count} operations: {100 * (1 - found / count):.2f} % agreement")
    print(f"both refuse, with different codes: {len(run.other_codes)}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
