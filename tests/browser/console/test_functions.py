"""Functions in the console: source, a run with its result, the log of it, and figures of all runs."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.admin.conftest import AdminClient
from tests.browser.console.conftest import heading, log_in_user, users_of, visit
from tests.conformance.server_process import ServerProcess

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def open_function(console: Page, name: str) -> None:
    """By the links, from the list of apps."""
    await console.get_by_role("link", name="bakery").click()
    await console.get_by_role("link", name="Functions", exact=True).click()
    await console.get_by_role("link", name=name, exact=True).click()
    await expect(heading(console, name)).to_be_visible()


async def test_a_function_is_read_run_and_logged(console: Page) -> None:
    """Source with numbered lines; a result with its console line; the run in the list, with what it said."""
    await open_function(console, "order")
    source = console.get_by_role("region", name="Source of order")
    await expect(source).to_contain_text("at most ${MOST} of ${loaf}")
    assert await source.locator(".line").count() == 15

    await console.get_by_label("Arguments, a JSON array").fill('[[["spelt", 2]]]')
    await console.get_by_role("button", name="Run", exact=True).click()
    await expect(console.get_by_role("status")).to_contain_text("The function has ended.")
    await expect(console.get_by_text('"total": 10.2')).to_be_visible()

    run = console.get_by_role("table", name="Last runs of order").get_by_role("row").filter(has_text="10.20 in all")
    await expect(run.first).to_be_visible()
    await run.first.locator("summary").click()
    await expect(run.first.get_by_text("Memory")).to_be_visible()
    await expect(run.first.locator("pre")).to_have_text("an order of 1 kinds, 10.20 in all")


async def test_a_failing_run_shows_its_error(console: Page) -> None:
    """The error as the function threw it, with its place."""
    await open_function(console, "order")
    await console.get_by_label("Arguments, a JSON array").fill('[[["rye", 99]]]')
    await console.get_by_role("button", name="Run", exact=True).click()

    await expect(console.locator(".outcome")).to_contain_text("failed")
    await expect(console.locator(".outcome pre").first).to_contain_text("at most 24 of rye, not 99")


async def test_arguments_that_are_none_are_told(console: Page) -> None:
    """Beside the field, before anything is sent; so is a user who does not exist, by the server."""
    await open_function(console, "price")
    field = console.get_by_label("Arguments, a JSON array")
    for text, problem in (("[1,", "This is no JSON"), ('{"a": 1}', "must be an array")):
        await field.fill(text)
        await console.get_by_role("button", name="Run", exact=True).click()
        await expect(console.get_by_role("alert").filter(has_text=problem)).to_be_visible()
        await expect(field).to_be_focused()

    await field.fill('["rye"]')
    await console.get_by_label("User", exact=True).check()
    await console.get_by_label("User ID").fill("0" * 24)
    await console.get_by_role("button", name="Run", exact=True).click()
    await expect(console.get_by_role("alert").filter(has_text="user not found")).to_be_visible()


async def test_a_function_is_run_as_a_user(console: Page, server: ServerProcess) -> None:
    """The run's log names the user, whose page is a click away."""
    user_id = log_in_user(server, "hedy")["user_id"]
    await open_function(console, "price")
    await console.get_by_label("Arguments, a JSON array").fill('["spelt"]')
    await console.get_by_label("User", exact=True).check()
    await console.get_by_label("User ID").fill(user_id)
    await console.get_by_role("button", name="Run", exact=True).click()
    await expect(console.locator(".outcome pre")).to_have_text("5.1")

    named = console.locator("a").filter(has_text=user_id)
    run = console.get_by_role("table", name="Last runs of price").get_by_role("row").filter(has=named)
    await run.locator("summary").click()
    await run.get_by_role("link", name=user_id).click()
    await expect(heading(console, "hedy")).to_be_visible()


async def test_figures_are_plotted(console: Page, server: ServerProcess, owner: AdminClient) -> None:
    """Calls, errors, latency and memory have a line each, in words for who does not see it, and a row by function."""
    token = log_in_user(server, "ida")["access_token"]
    for number in (1, 2, 99):
        users_of(server).call(token, "order", [["rye", number]])
    await visit(console, owner, "", "bakery")
    order = console.get_by_role("table", name="Calls by function").get_by_role("row").filter(has_text="order")
    await expect(order).to_contain_text("ms")
    await expect(order).to_contain_text("MB")
    for name in ("Calls", "Errors", "Latency", "Memory of a call"):
        plot = console.get_by_role("img", name=f"{name}: last")
        await expect(plot).to_be_visible()
        assert await plot.locator("path.line").first.get_attribute("d")

    await console.get_by_role("img", name="Calls: last").hover(position={"x": 40, "y": 30})
    await expect(console.locator(".legend").first).to_have_text(re.compile(r"calls \d"))
    await console.get_by_role("button", name="1 hour").click()
    await expect(console.get_by_role("button", name="1 hour")).to_have_attribute("aria-pressed", "true")
