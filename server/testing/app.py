"""The app under test: as its folder says, but without a network, a MongoDB, and secrets that nobody gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from runtime.errors import BuildFailed
from runtime.messages import Image, ImageSource, ModuleSource
from runtime.modules import library
from runtime.supervisor import Sandboxes
from server.apps.folder import Survey, survey_folder
from server.apps.model import App, Function, ValueDefinition
from server.apps.packages import PackagesUnreadable
from server.apps.policy import Policy
from server.apps.reading import is_missing_secret
from server.apps.sources import is_test
from server.context.deployment import Deployment, deploy, image_source
from server.rules.compile import RulesError
from server.rules.operands import RuleError
from server.testing.results import TestingError

RUN: Final = "#run"
"""The function of the image that runs tests; no function of an author can be named so."""
_TEST: Final = "#test:"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppUnderTest:
    """An app ready to be tested: `deployment` reaches no network, `policy` is the app's own, `files` hold the tests."""

    deployment: Deployment
    image: Image
    policy: Policy
    files: tuple[str, ...]


def read_app_under_test(folder: Path, secrets: Mapping[str, str]) -> Survey:
    """The folder's app and files. Raises TestingError where it could not be deployed, or has no tests."""
    survey = survey_folder(folder, secrets=lambda inline: {**inline, **secrets})
    problems = [problem for problem in survey.problems if not is_missing_secret(problem)]
    if survey.app is None or problems:
        listed = "\n".join(f"  {survey.origins.problem(problem)}" for problem in problems)
        raise TestingError(f"{folder} cannot be tested:\n{listed}")
    if not find_tests(survey):
        raise TestingError(f"{folder} has no tests; write one, such as functions/NAME.test.js")
    return survey


def find_tests(survey: Survey) -> tuple[str, ...]:
    """The test files of an app, relative to its folder."""
    return tuple(sorted(path for path in survey.files if path.startswith("functions/") and is_test(path)))


def test_function(file: str) -> str:
    """The function of the image that a test file is."""
    return _TEST + file


async def build_app_under_test(survey: Survey, sandboxes: Sandboxes) -> AppUnderTest:
    """Compile app and tests. Raises TestingError."""
    app = _without_surroundings(survey.app) if survey.app else None
    if app is None:
        raise TestingError("there is no app")
    files = find_tests(survey)
    try:
        deployment = await deploy(app, sandboxes, now=datetime.now(UTC))
        source = await image_source(_with_tests(app, survey, files), sandboxes)
        image = await sandboxes.build(_with_runner(source))
    except (BuildFailed, PackagesUnreadable, RulesError, RuleError) as error:
        raise TestingError(f"the app cannot be tested: {error}") from error
    return AppUnderTest(deployment=deployment, image=image, policy=_own_policy(survey), files=files)


def _own_policy(survey: Survey) -> Policy:
    return survey.app.policy if survey.app else Policy()


def _without_surroundings(app: App) -> App:
    """No request of the app leaves: real runs have an empty list of hosts, tests have answers of their own."""
    return replace(
        app,
        policy=replace(app.policy, app=replace(app.policy.app, http=())),
        data_sources={name: replace(source, uri=None) for name, source in app.data_sources.items()},
        values={name: _value(value) for name, value in app.values.items()},
    )


def _value(value: ValueDefinition) -> ValueDefinition:
    """A secret that nobody gave has a text that says so."""
    missing = value.secret_name is not None and not value.value
    return replace(value, value=f"secret:{value.secret_name}") if missing else value


def _with_tests(app: App, survey: Survey, files: tuple[str, ...]) -> App:
    tests = {
        test_function(file): Function(
            name=test_function(file),
            source=survey.files[file].decode("utf-8-sig", "replace"),
            file=file.removeprefix("functions/"),
        )
        for file in files
    }
    return replace(app, functions={**app.functions, **tests})


def _with_runner(source: ImageSource) -> ImageSource:
    part = library.TESTING
    own = {id: id for id in (library.CORE, library.TESTS)}
    return replace(
        source,
        functions={**source.functions, RUN: "exports = require('testing');"},
        modules={**source.modules, part: ModuleSource(text=library.read_part(part), links=own)},
        links={**source.links, RUN: {"testing": part}},
    )
