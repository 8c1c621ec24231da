"""A long differential run by hand: `python -m tests.differential SEED COUNT [SHOWN]` prints disagreements."""

from __future__ import annotations

import sys

from server import ejson
from tests.differential.comparing import Run
from tests.differential.peers import judge


def main(seed: int, count: int, shown: int = 20) -> None:
    """Run, print the first disagreements and the rate."""
    with judge() as peer:
        found = 0
        run = Run(seed, peer)
        for number, each in enumerate(run.disagreements(count)):
            found = number + 1
            if number < shown:
                print(f"--- {each.action} {ejson.dumps(each.arguments).decode()}")
                print(f"    ours   {each.ours.decode()}\n    theirs {each.theirs.decode()}")
    print(f"seed {seed}: {found} disagreements in {count} operations: {100 * (1 - found / count):.2f} % agreement")
    print(f"both refuse, with different codes: {len(run.other_codes)}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
