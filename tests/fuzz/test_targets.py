"""The fuzzed readers without a fuzzer: any bytes, and the seeds with any byte changed, are read or refused by name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS, Target


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS.keys())
def test_any_bytes_are_read_or_refused(target: Target) -> None:
    """Whatever they are."""

    @given(st.binary(max_size=200))
    def check(data: bytes) -> None:
        target.feed(data)

    check()


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS.keys())
def test_changed_seeds_are_read_or_refused(target: Target) -> None:
    """Nearly right is the hardest."""

    @given(st.sampled_from(target.seeds), st.integers(0, 500), st.binary(max_size=8), st.integers(0, 8))
    def check(seed: bytes, position: int, put: bytes, taken: int) -> None:
        target.feed(seed[:position] + put + seed[position + taken :])

    check()


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS.keys())
def test_seeds_are_read(target: Target) -> None:
    """A seed that is refused at once would lead nowhere."""
    for seed in target.seeds:
        target.read(seed)
