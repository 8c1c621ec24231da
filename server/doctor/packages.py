"""Loads each npm package that functions require, in the sandbox that would hold it."""

from __future__ import annotations

import json
from collections.abc import Iterable

from runtime.errors import BuildFailed
from runtime.limits import Limits
from runtime.messages import Call
from runtime.modules.compiling import Compiler
from runtime.modules.files import ModuleFiles
from runtime.modules.graph import FunctionSources, gather_modules
from runtime.supervisor import Sandboxes

_FUNCTION = "load"
_LIMITS = Limits(wall_time=30.0, cpu_time=20.0)


async def load_packages(names: Iterable[str], files: ModuleFiles, sandboxes: Sandboxes) -> dict[str, str]:
    """Why each package does not load, by the name it is required by; empty where it does."""
    compiler = Compiler(sandboxes)
    return {name: await _why_not(name, files, compiler, sandboxes) for name in names}


async def _why_not(name: str, files: ModuleFiles, compiler: Compiler, sandboxes: Sandboxes) -> str:
    """A package is evaluated into the image, and what throws there throws again at the call."""
    texts = {_FUNCTION: f"exports = () => {{ require({json.dumps(name)}); }};"}
    try:
        image = await sandboxes.build(await gather_modules(FunctionSources(texts=texts), files, compiler))
    except BuildFailed as error:
        return str(error)
    outcome = await sandboxes.run(image, Call(function=_FUNCTION, limits=_LIMITS))
    if outcome.error is None:
        return ""
    text = f"{outcome.error.name}: {outcome.error.message}" if outcome.error.name else outcome.error.message
    frame = next((line.strip() for line in outcome.error.stack.splitlines() if "node_modules/" in line), "")
    return f"{text} ({frame})" if frame else text
