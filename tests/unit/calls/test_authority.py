"""The system user is granted in one place, which says for whom and why (contract 4.2)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from server.apps.model import Function
from server.calls.authority import effective_caller, system_caller
from server.records import SystemCaller, User, UserCaller

ADA = User(id="ada", app_id="app", identities=(), created_at=datetime(2026, 3, 4, tzinfo=UTC))


def function(*, run_as_system: bool) -> Function:
    """One that is escalated, or not."""
    return Function(name="f", source="", run_as_system=run_as_system)


def test_a_grant_is_logged_with_whom_and_why(caplog: pytest.LogCaptureFixture) -> None:
    """The log has the reason and the user on whose behalf; the user stays visible to the function."""
    with caplog.at_level("INFO"):
        granted = effective_caller(function(run_as_system=True), UserCaller(user=ADA))
        system_caller("trigger 't', event 1")

    assert isinstance(granted, SystemCaller)
    assert granted.user == ADA
    assert [record.getMessage() for record in caplog.records] == [
        "system user granted on behalf of user ada: function 'f' is configured to run as system",
        "system user granted on nobody's behalf: trigger 't', event 1",
    ]


def test_nobody_is_escalated_unasked(caplog: pytest.LogCaptureFixture) -> None:
    """A function without the configuration runs as its caller, and a system caller is not granted anew."""
    user, system = UserCaller(user=ADA), SystemCaller(reason="a trigger")

    with caplog.at_level("INFO"):
        assert effective_caller(function(run_as_system=False), user) is user
        assert effective_caller(function(run_as_system=True), system) is system
    assert caplog.records == []
