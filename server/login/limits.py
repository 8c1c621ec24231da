"""How long somebody has to wait after so many failures; pure."""

from __future__ import annotations

import functools
import hashlib
import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.store.failures import Failures

FORGOTTEN_AFTER = timedelta(hours=1)
"""After so long without a failure a counter begins anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """So many failures cost nothing; from then on each doubles the wait, up to the longest."""

    free: int
    first: timedelta
    longest: timedelta

    def wait(self, failures: Failures, now: datetime) -> timedelta:
        """What is left of the wait; zero or less where an attempt may be made."""
        beyond = failures.count - self.free
        if beyond <= 0:
            return timedelta(0)
        doublings: int = 1 << min(beyond - 1, 30)
        return failures.last_at + min(self.first * doublings, self.longest) - now


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """What failures are counted for; the key shows neither name nor address."""

    key: str
    rule: Rule
    is_personal: bool
    """Whether a success of the same person clears it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRules:
    """The rules of one installation, by what is counted."""

    account_here: Rule = Rule(free=5, first=timedelta(seconds=1), longest=timedelta(minutes=15))
    """One account from one address."""
    account: Rule = Rule(free=20, first=timedelta(seconds=1), longest=timedelta(minutes=1))
    """One account from anywhere: short, since it also keeps out the account's owner."""
    address: Rule = Rule(free=100, first=timedelta(seconds=1), longest=timedelta(minutes=15))
    """One address: many people may share it."""
    app: Rule = Rule(free=10_000, first=timedelta(milliseconds=100), longest=timedelta(seconds=2))
    """A whole app, under a distributed attack."""
    mails: Rule = Rule(free=3, first=timedelta(minutes=1), longest=timedelta(hours=1))
    """Mails to one account."""


def login_counters(rules: LimitRules, provider: str, account: str | None, address: str) -> list[Counter]:
    """What an attempt to log in counts for; `account` is the name somebody claims, where the provider knows names."""
    counters = [
        Counter(key=_key("address", network_of(address)), rule=rules.address, is_personal=False),
        Counter(key="app", rule=rules.app, is_personal=False),
    ]
    if account is not None:
        here = _key("account here", provider, account, network_of(address))
        counters += [
            Counter(key=here, rule=rules.account_here, is_personal=True),
            Counter(key=_key("account", provider, account), rule=rules.account, is_personal=True),
        ]
    return counters


def mail_counters(rules: LimitRules, account: str, address: str) -> list[Counter]:
    """What asking for a mail counts for, whether or not one is sent."""
    return [
        Counter(key=_key("mails", account), rule=rules.mails, is_personal=False),
        Counter(key=_key("mails from", network_of(address)), rule=rules.address, is_personal=False),
    ]


def registration_counters(rules: LimitRules, address: str) -> list[Counter]:
    """What registering counts for: each costs a hash, and perhaps a mail to somebody who never asked."""
    return [Counter(key=_key("registrations from", network_of(address)), rule=rules.address, is_personal=False)]


@functools.lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """What one person has of addresses: an IPv4 address, or a whole IPv6 network of 64 bits."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    mapped = parsed.ipv4_mapped
    return str(mapped) if mapped else str(ipaddress.IPv6Network((parsed, 64), strict=False))


def flow_counters(rules: LimitRules, address: str) -> list[Counter]:
    """What beginning an OAuth flow counts for: each is kept until the browser comes back, or its time is over."""
    return [Counter(key=_key("flows from", network_of(address)), rule=rules.address, is_personal=True)]


def longest_wait(counters: Sequence[Counter], found: Mapping[str, Failures], now: datetime) -> timedelta:
    """How long the attempt has to wait; zero or less where it may be made."""
    waits = [counter.rule.wait(found[counter.key], now) for counter in counters if counter.key in found]
    return max(waits, default=timedelta(0))


def _key(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
