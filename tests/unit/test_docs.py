"""The reference documentation says what the code does: settings, routes, errors, host operations, options."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import cast

import pytest
from pydantic_core import PydanticUndefined

from runtime.limits import AppLimits, BuildLimits, Limits
from runtime.limits import rows as limit_rows
from server.api.admin.route_table import admin_routes
from server.api.application import make_application
from server.api.services import Services
from server.apps.policy_file import PolicyFile
from server.calls.outcomes import CODES
from server.cli.command import Parser
from server.cli.commands import make_parser
from server.cli.exit_status import ExitStatus
from server.cli.table import COMMANDS
from server.context.host import GUEST_ACTIONS, OPERATIONS
from server.errors import STATUS, ErrorCode
from server.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"
PAGES = sorted(
    [ROOT / "README.md", ROOT / "CHANGELOG.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("functions/*/README.md")]
)
BAD_REQUEST = 400


def rows(page: Path, first: str) -> list[list[str]]:
    """The cells of the table rows whose first cell is code that matches `first`."""
    lines = [line.strip("|").split("|") for line in page.read_text(encoding="utf-8").splitlines() if line[:1] == "|"]
    cells = [[cell.strip() for cell in line] for line in lines]
    return [line for line in cells if re.fullmatch(f"`{first}`", line[0])]


def commands(text: str) -> list[list[str]]:
    """The `vestibule` command lines of a page's shell blocks."""
    blocks = re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    found = [re.search(rf"(?:^|/| )vestibule ((?:{'|'.join(COMMANDS)})(?: .*|$))", line) for line in lines]
    return [shlex.split(match[1], comments=True) for match in found if match]


def parser_of(command: str) -> Parser:
    """The parser of one command."""
    choices = next(action.choices for action in make_parser()._actions if action.dest == "command")
    return cast("dict[str, Parser]", choices)[command]


def action_of(command: str) -> Parser:
    """The parser of a command, or of one action of it."""
    parsers = parser_of(command.partition(" ")[0]).with_actions()
    return next(parser for parser in parsers if parser.prog == f"vestibule {command}")


def test_settings_are_documented_with_their_defaults() -> None:
    """Every setting has a row with its variable and default, and no row stands for anything else."""
    documented = {row[0].strip("`"): row[2].strip("`") for row in rows(REFERENCE / "settings.md", f"{PREFIX}\\w+")}
    expected = {PREFIX + name.upper(): field.default for name, field in Settings.model_fields.items()}
    assert documented.keys() == expected.keys()
    for variable, default in expected.items():
        if default is PydanticUndefined:
            assert documented[variable] == "one a core"
        else:
            assert documented[variable] == ("empty" if default in {"", (), None} else str(default))


@pytest.mark.parametrize("command", ["serve", "run", "fault", "keys"])
def test_options_are_documented(command: str) -> None:
    """A command's section names its options and no others, unless it takes all settings, which have their own table."""
    text = (REFERENCE / "commands.md").read_text(encoding="utf-8")
    section = text.partition(f"## vestibule {command}\n")[2].partition("\n## ")[0]
    actions = [
        action
        for action in action_of(command)._actions
        if action.dest not in {"help", *(Settings.model_fields if command == "serve" else ())}
    ]
    options = {action.option_strings[0] for action in actions if action.option_strings}
    assert set(re.findall(r"`(--[a-z][a-z-]*)", section)) == options


def test_commands_are_documented_with_their_options() -> None:
    """Every action of every command has its line, which names all its options and no others."""
    text = (REFERENCE / "commands.md").read_text(encoding="utf-8")
    parsers = [parser for name in COMMANDS for parser in parser_of(name).with_actions()]
    for parser in parsers:
        if parser.is_action and not parser.prog.endswith(("serve", "dev", "run", "http-worker")):
            line = re.search(rf"^- `{re.escape(parser.prog)}[` ].*", text, flags=re.MULTILINE)
            assert line, parser.prog
            options = {action.option_strings[0] for action in parser._actions if action.option_strings}
            assert set(re.findall(r"`(--[a-z][a-z-]*)", line[0])) == options - {"-h"}, parser.prog


def test_settings_name_their_options() -> None:
    """A setting's row names the option that sets it, where there is one."""
    options = {action.dest: action.option_strings[0] for action in parser_of("serve")._actions if action.option_strings}
    documented = rows(REFERENCE / "settings.md", f"{PREFIX}\\w+")
    named = {row[0].strip("`").removeprefix(PREFIX).lower(): row[1].strip("`") for row in documented}
    assert named == {name: options.get(name, "") for name in Settings.model_fields}


def test_routes_are_documented() -> None:
    """Every route of the application has a row, and every row is a route."""
    routes = make_application(cast("Services", None)).url_map.iter_rules()
    expected = {f"{method} {rule.rule}" for rule in routes for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    documented = [*rows(REFERENCE / "routes.md", "[A-Z]+ /.*"), *rows(REFERENCE / "admin-api.md", "[A-Z]+ /.*")]
    assert {row[0].strip("`") for row in documented} == expected


def test_admin_routes_are_documented_with_power_and_status() -> None:
    """A route's row names the power that its view declares, and the status that it answers."""
    routes = admin_routes(make_application(cast("Services", None)))
    expected = {
        f"{route.method} {route.rule}": (route.operation.allowed.value, route.operation.status) for route in routes
    }
    documented = rows(REFERENCE / "admin-api.md", "[A-Z]+ /.*")
    assert {row[0].strip("`"): (row[1], int(row[2][:3])) for row in documented} == expected


def test_errors_are_documented_with_their_status() -> None:
    """Every error code has a row with its status, and every row is a code."""
    documented = {row[0].strip("`"): int(row[1]) for row in rows(REFERENCE / "errors.md", "[A-Za-z_]+")}
    assert documented == {code.value: int(STATUS.get(code, BAD_REQUEST)) for code in ErrorCode}


def test_host_operations_are_documented() -> None:
    """Every operation of the host's table has a row, and every row is one."""
    section = rows(REFERENCE / "host-calls.md", "(?!context)[a-z.0-9]+")
    assert {row[0].strip("`") for row in section} == OPERATIONS.keys()


def test_collection_methods_are_documented() -> None:
    """Every operation on documents that a guest may use is named; bulk operations in words."""
    text = (REFERENCE / "host-calls.md").read_text(encoding="utf-8")
    assert not [action for action in GUEST_ACTIONS - {"bulkWrite"} if f"`{action}`" not in text]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_in_documents_parse(page: Path) -> None:
    """Every `vestibule` line that a reader may copy is one that the command line takes, on files that exist."""
    for arguments in commands(page.read_text(encoding="utf-8")):
        options = make_parser().parse_args(arguments)
        folders = cast("list[Path]", getattr(options, "app_dirs", None) or [getattr(options, "app_dir", Path())])
        assert all((ROOT / folder).is_dir() for folder in folders if folder.parts[:1] == ("functions",))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every link to a place in the tree leads to one."""
    links = re.findall(r"\]\((?!https:)([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
    assert not [link for link in links if not (page.parent / link).exists()]


def test_decisions_are_numbered_in_a_row() -> None:
    """Each has a number of its own, in its file's name and its title, so that `decision 012` is one thing."""
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [page.name[:4] for page in pages] == [f"{number:03}-" for number in range(1, len(pages) + 1)]
    titles = [page.read_text(encoding="utf-8").split(":", 1)[0] for page in pages]
    assert titles == [f"# {page.name[:3]}" for page in pages]


def test_readme_leads_to_every_page() -> None:
    """But to the single decisions, to whose folder it leads."""
    linked = set(re.findall(r"\]\((docs/[^)#]+)\)", (ROOT / "README.md").read_text(encoding="utf-8")))
    pages = {str(page.relative_to(ROOT)) for page in ROOT.glob("docs/**/*.md") if page.parent.name != "decisions"}
    assert pages <= linked


def test_readme_names_targets_of_the_makefile() -> None:
    """The README's `make` commands are targets."""
    named = re.findall(r"^make (\w+)", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert named
    assert not [target for target in named if not re.search(rf"^{target}:", makefile, flags=re.MULTILINE)]


def test_limits_are_documented() -> None:
    """Every limit has a row with its default, unit, source and error code, and every row is one, in order."""
    expected = [
        [f"`{row.name}`", f"{row.default:g}" if row.unit == "seconds" else str(row.default), row.unit, row.source]
        for table in (Limits, AppLimits, BuildLimits)
        for row in limit_rows(table)
    ]
    documented = rows(REFERENCE / "limits.md", "[a-z_]+")
    assert [row[:4] for row in documented] == expected
    for row, limit in zip(documented, (row for t in (Limits, AppLimits) for row in limit_rows(t)), strict=False):
        if limit.kind is not None:
            assert row[4] == f"`{CODES.get(limit.kind, ErrorCode.FUNCTION_EXECUTION_ERROR)}`"


def test_examples_of_the_policy_file_are_read() -> None:
    """Every JSON example of `vestibule.json` is one."""
    blocks = re.findall(r"```json\n(.*?)```", (REFERENCE / "vestibule-json.md").read_text(encoding="utf-8"), re.DOTALL)
    assert [PolicyFile.model_validate_json(block) for block in blocks]


def test_exit_statuses_are_documented() -> None:
    """Every status has a row, and every row is one."""
    documented = {int(row[0].strip("`")) for row in rows(REFERENCE / "commands.md", r"\d+")}
    assert documented == {status.value for status in ExitStatus}
