"""Waits after failures: none for the first ones, doubling afterwards, bounded, and counted for whom they should be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from server.login.limits import LimitRules, Rule, login_counters, longest_wait, network_of, registration_counters
from server.store.failures import Failures

NOW = datetime(2026, 3, 4, tzinfo=UTC)
RULE = Rule(free=3, first=timedelta(seconds=1), longest=timedelta(seconds=10))


def failed(count: int) -> Failures:
    """So many failures, the last one now."""
    return Failures(count=count, last_at=NOW)


@pytest.mark.parametrize(("count", "seconds"), [(0, 0), (3, 0), (4, 1), (5, 2), (6, 4), (7, 8), (8, 10), (1000, 10)])
def test_wait_doubles_up_to_its_bound(count: int, seconds: int) -> None:
    """The free failures cost nothing; each further one doubles the wait until it is the longest."""
    assert RULE.wait(failed(count), NOW) == timedelta(seconds=seconds)


def test_wait_passes() -> None:
    """An attempt may be made when the wait is over, to the moment."""
    assert RULE.wait(failed(4), NOW + timedelta(seconds=1)) == timedelta(0)


def test_longest_wait_decides() -> None:
    """Of all that an attempt counts for, the strictest rule holds."""
    counters = login_counters(LimitRules(), "local-userpass", "ada@b.c", "192.0.2.1")
    found = {counter.key: failed(7) for counter in counters}

    assert longest_wait(counters, found, NOW) == timedelta(seconds=2)
    assert longest_wait(counters, {}, NOW) == timedelta(0)


def test_counters_tell_accounts_providers_and_addresses_apart() -> None:
    """One account from two addresses shares the account's counter; accounts of two providers share nothing."""
    rules = LimitRules()
    here = {counter.key for counter in login_counters(rules, "local-userpass", "ada", "192.0.2.1")}
    there = {counter.key for counter in login_counters(rules, "local-userpass", "ada", "192.0.2.2")}
    other = {counter.key for counter in login_counters(rules, "custom-token", "ada", "192.0.2.3")}

    assert len(here) == 4
    assert len(here & there) == 2
    assert len(here & other) == 1
    assert not any("ada" in key or "192.0.2" in key for key in here)
    assert not here & {counter.key for counter in registration_counters(rules, "192.0.2.1")}


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8:0:0:ffff::2", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", ""),
        ("not an address", "not an address"),
    ],
)
def test_a_person_has_a_network(address: str, network: str) -> None:
    """Whoever has an IPv6 network of 64 bits counts as one, however many addresses are used."""
    assert network_of(address) == network
