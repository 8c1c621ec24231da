"""Examines a whole export."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path

from runtime.supervisor import Sandboxes
from server.apps.folder import Survey, survey_folder
from server.context.address_guard import AllowedHosts
from server.doctor.findings import Part, PartKind, Report, Severity
from server.doctor.functions import FunctionsExamination
from server.doctor.scene import Scene
from server.doctor.secrets import WatchedSecrets
from server.doctor.settings import examine_settings


async def examine(
    folder: Path, sandboxes: Sandboxes, *, secrets: Mapping[str, str] | None = None, allowed_hosts: Iterable[str] = ()
) -> Report:
    """All that is to be said of an app's folder; nothing of it is run but the loading of its packages, sandboxed.

    Without `secrets` it is not known which there are.
    """
    watched = WatchedSecrets(secrets or {})
    survey = await asyncio.to_thread(survey_folder, folder, secrets=watched.beside)
    if survey.app is None:
        return _unreadable(folder, survey)
    scene = Scene.of(survey.app, survey, watched, secrets_known=secrets is not None)
    functions = FunctionsExamination(scene=scene, sandboxes=sandboxes, allowed=AllowedHosts.read(allowed_hosts))
    examine_settings(scene, await functions.examine())
    order = list(PartKind)
    parts = sorted(scene.parts, key=lambda part: (order.index(part.kind), part.name))
    return Report(app_id=survey.app.app_id, parts=tuple(parts))


def _unreadable(folder: Path, survey: Survey) -> Report:
    part = Part(kind=PartKind.APP, name=folder.name, file="")
    for problem in survey.problems:
        part.add(Severity.FAILS, str(problem), advice="check the folder of an export, with its root file")
    return Report(app_id=folder.name, parts=(part,))
