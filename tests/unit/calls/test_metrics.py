"""What is counted of calls, and how Prometheus reads it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from runtime.errors import ErrorKind
from runtime.messages import GuestError, Outcome, Stats
from server.calls.metrics import DIRECTORY, count_call, count_refusal, exposition, forget_unserved, under_way


def served(app_id: str) -> tuple[str, ...] | None:
    """The functions of the app `shop`, the only one that is served."""
    return ("pay",) if app_id == "shop" else None


def values(**labels: str) -> dict[str, float]:
    """The samples with these labels, by name."""
    families = text_string_to_metric_families(exposition(served).decode())
    return {
        sample.name: sample.value
        for family in families
        for sample in family.samples
        if labels.items() <= sample.labels.items() and "le" not in sample.labels
    }


def test_calls_are_counted_by_function_and_outcome() -> None:
    """Each call adds to its own function's series; what it used is summed up."""
    stats = Stats(wall_time=0.5, guest_time=0.25, memory=65536, host_calls=3, log_lines=2, pages_written=33)
    error = GuestError(kind=ErrorKind.WALL_TIME, name="", message="", text="")
    for outcome in (Outcome(value=b"1", stats=stats), Outcome(value=b"1", stats=stats), Outcome(error=error)):
        count_call("shop", "pay", outcome)
    count_refusal("shop", "pay", "TooManyRequests")

    assert values(app="shop", function="pay", outcome="ok")["vestibule_calls_total"] == 2
    assert values(app="shop", function="pay", outcome="wall_time")["vestibule_calls_total"] == 1
    assert values(app="shop", function="pay", code="TooManyRequests")["vestibule_calls_refused_total"] == 1
    found = values(app="shop", function="pay")
    assert found["vestibule_call_seconds_sum"] == 1.0
    assert found["vestibule_guest_seconds_count"] == 3
    assert (found["vestibule_pages_written_sum"], found["vestibule_pages_written_count"]) == (66, 2)
    assert (found["vestibule_host_calls_total"], found["vestibule_log_lines_total"]) == (6, 4)
    assert found["vestibule_memory_bytes_sum"] == 131072


def test_calls_under_way_go_up_and_down() -> None:
    """From its begin to its end a call is under way."""
    with under_way("shop"):
        assert values(app="shop")["vestibule_calls_under_way"] == 1
    assert values(app="shop")["vestibule_calls_under_way"] == 0


def test_series_of_what_is_served_no_more_go() -> None:
    """Functions and apps that were deployed once leave nothing behind, and count from nothing when they come back."""
    for app, function in (("shop", "pay"), ("shop", "renamed"), ("closed", "pay")):
        count_call(app, function, Outcome(value=b"1", stats=Stats(host_calls=1, log_lines=1, pages_written=1)))
        count_refusal(app, function, "TooManyRequests")
        with under_way(app):
            pass

    forget_unserved(served)

    assert values(app="shop", function="pay")
    assert values(app="shop", function="renamed") == {}
    assert values(app="closed") == {}
    count_call("shop", "renamed", Outcome(value=b"1"))
    assert values(app="shop", function="renamed", outcome="ok")["vestibule_calls_total"] == 1
    forget_unserved(served)


def test_several_processes_answer_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where processes count in one directory, what they counted of the functions that are served is shown."""
    monkeypatch.setenv(DIRECTORY, str(tmp_path))
    assert exposition(served) == b""

    command = "from server.calls import metrics; from runtime.messages import Outcome\n"
    for app, function in (("shop", "pay"), ("shop", "old"), ("gone", "pay")):
        command += f"metrics.count_call('{app}', '{function}', Outcome())\n"
        command += f"with metrics.under_way('{app}'): pass\n"
    subprocess.run([sys.executable, "-c", command], check=True, timeout=120)
    shown = exposition(served)
    assert b'vestibule_calls_total{app="shop",function="pay",outcome="ok"} 1.0' in shown
    assert b"old" not in shown
    assert b"gone" not in shown
