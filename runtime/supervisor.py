"""Sandboxes: the supervisor of the worker processes, and the way to build images and run functions in them."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from runtime.confinement import Walls
from runtime.conversation import Conversation
from runtime.errors import BuildFailed, SandboxError, WorkerDied
from runtime.frames import Kind
from runtime.image_making import ask, built, compiled
from runtime.messages import Call, Host, Image, ImageSource, NoHost, Outcome
from runtime.places import Places
from runtime.recording import Recording
from runtime.replay import replay
from runtime.retracing import Retraced, retrace
from runtime.store import ImageStore
from runtime.worker_link import WorkerLink

SLOTS = 6700
"""Guests that one worker holds at once, running and waiting; each reserves address space, not memory. Two workers hold
10,000 waiting calls and what those call; more would come near the 65,530 mappings that Linux allows a process."""
SPARE_SLOTS = 8
"""Slots of each worker that no call takes: building an image takes one."""
TRIES = 3
"""How often a call is begun at most; the workers of the first tries died before it had any effect."""
CLOSING_TIME = 5.0
"""Seconds that host calls nobody waits for may take at the end."""
RESTART_PAUSE = 0.05
"""Seconds before a worker that died is started again."""
LEFT_OVER = 3600.0
"""Seconds after which native code without its image is nobody's any more; builds and runs end long before."""

_HALF = re.compile("[\ud800-\udfff]")

_log = logging.getLogger(__name__)


class Sandboxes:
    """Worker processes under supervision. `open_sandboxes` makes it."""

    def __init__(self, store: ImageStore, workers: int, queue: int, *, require_walls: bool = False) -> None:
        self._store = store
        self._workers = workers
        self._require_walls = require_walls
        self._links: list[WorkerLink] = []
        self._processes: set[WorkerLink] = set()  # also those that only start, or are dead and not yet waited for
        self._numbers = itertools.count(1)
        self._places = Places(workers * (SLOTS - SPARE_SLOTS), queue)
        self._restarts: set[asyncio.Task[None]] = set()
        self._unawaited: set[asyncio.Task[bytes]] = set()
        self._compiler_link: WorkerLink | None = None
        self._compiling = asyncio.Lock()
        self._closing = False
        self._available = asyncio.Condition()

    async def build(self, source: ImageSource) -> Image:
        """The image of these sources; built once, found again later. Raises BuildFailed."""
        _refuse_broken_text(source)
        key = source.key()
        image = self._store.find(key)
        if image is None:
            module, compiled = await self._make_image(source.encode())
            image = await asyncio.to_thread(self._store.add, key, module, compiled)
            self._warm(image.id)
        return image

    @asynccontextmanager
    async def passing(self, source: ImageSource) -> AsyncIterator[Image]:
        """An image of these sources until the end of the block; nothing of it is kept. Raises BuildFailed."""
        _refuse_broken_text(source)
        module, compiled = await self._make_image(source.encode())
        image = await asyncio.to_thread(self._store.add_passing, compiled)
        try:
            yield Image(id=image, size=len(module))
        finally:
            self._store.remove_passing(image)
            self._tell(Kind.FORGET, image)

    async def run(self, image: Image, call: Call, host: Host | None = None, *, nested: bool = False) -> Outcome:
        """Run a function in a fresh instance. Raises QueueFull and SandboxError; what the guest does is an outcome.

        `nested` says that another run waits for this one: it then is begun at once or not at all.
        A call whose worker died before its first host call is tried again: it cannot have had effects.
        """
        async with self._places.nested if nested else self._places.outer:
            for tries_left in reversed(range(TRIES)):
                worker = await self._idlest()
                conversation = Conversation(worker, next(self._numbers), image.id, call, host or NoHost())
                try:
                    return await conversation.lead()
                except WorkerDied:
                    if not tries_left or conversation.host_calls:
                        raise
                finally:
                    self._let_finish(conversation.unawaited)
        raise AssertionError("unreachable")

    async def replay(self, recording: Recording) -> None:
        """Run a recorded call again; nobody is asked anything. Raises Diverged where it does not do the same."""
        async with self._places.outer:
            await replay(await self._idlest(), next(self._numbers), recording)

    async def retrace(self, recording: Recording, image: Image) -> Retraced:
        """Run a recorded call in any image, answered from it. Raises SandboxError, TimeoutError, ValueError."""
        async with self._places.outer:
            return await retrace(await self._idlest(), next(self._numbers), image.id, recording)

    @property
    def directory(self) -> Path:
        """Where compiled code lies; it may be deleted whenever no server runs."""
        return self._store.directory

    @property
    def process_ids(self) -> tuple[int, ...]:
        """The living workers' process ids."""
        return tuple(link.process_id for link in self._links if link.alive)

    @property
    def walls(self) -> Walls:
        """The walls around every worker."""
        around = [link.walls for link in self._links] or [Walls()]
        return Walls(landlock=min(walls.landlock for walls in around), seccomp=all(walls.seccomp for walls in around))

    async def start(self) -> None:
        """Start all workers; raises SandboxError where one does not come up, or required walls do not stand."""
        started = await asyncio.gather(*(self._start_worker() for _ in range(self._workers)), return_exceptions=True)
        for failure in started:
            if failure is not None:
                raise failure
        missing = self.walls.missing
        _log.log(
            logging.WARNING if missing else logging.INFO,
            "sandbox workers stand behind: WebAssembly, %s%s",
            self.walls,
            f"; this kernel lacks {', '.join(missing)}" if missing else "",
        )

    async def close(self) -> None:
        """End all workers; runs under way end with WorkerDied."""
        self._closing = True
        for task in self._restarts:
            task.cancel()
        if self._unawaited:
            _, unfinished = await asyncio.wait(self._unawaited, timeout=CLOSING_TIME)
            for unawaited in unfinished:
                unawaited.cancel()
        await asyncio.gather(*(link.close() for link in self._processes))

    def _let_finish(self, tasks: tuple[asyncio.Task[bytes], ...]) -> None:
        for task in tasks:
            self._unawaited.add(task)
            task.add_done_callback(self._unawaited.discard)

    async def _idlest(self) -> WorkerLink:
        while True:
            living = [link for link in self._links if link.alive]
            if living:
                return min(living, key=lambda link: link.load)
            if self._closing:
                raise SandboxError("the sandboxes are closed")
            async with self._available:
                await self._available.wait()

    async def _make_image(self, source: bytes) -> tuple[bytes, bytes]:
        """The image of the sources, made by a worker, and its native code, made by the compiler."""
        image = built(await ask(await self._idlest(), next(self._numbers), Kind.BUILD, source))
        async with self._compiling:
            return image, compiled(await ask(await self._compiler(), next(self._numbers), Kind.COMPILE, image))

    async def _compiler(self) -> WorkerLink:
        """The process that compiles, started when it is first needed and when the one before has ended."""
        link = self._compiler_link
        if link is None or not link.alive:
            if link is not None:
                await link.close()
                self._processes.discard(link)
            link = self._compiler_link = await self._started("runtime.image_compiler")
        return link

    def _warm(self, image: str) -> None:
        """Let each worker make a new image ready before the first call, which comes behind this on the same way."""
        self._tell(Kind.WARM, image)

    def _tell(self, kind: Kind, image: str) -> None:
        """Tell all workers something of an image."""
        for link in self._links:
            if link.alive:
                link.send(kind, 0, image.encode())

    async def _started(self, module: str) -> WorkerLink:
        link = WorkerLink(self._store.directory, SLOTS, self._on_end, module=module)
        self._processes.add(link)
        try:
            await link.start()
            self._check_walls(link.walls)
        except SandboxError:
            await link.close()
            self._processes.discard(link)
            raise
        return link

    async def _start_worker(self) -> None:
        link = await self._started("runtime.worker")
        self._links.append(link)
        async with self._available:
            self._available.notify_all()

    def _check_walls(self, walls: Walls) -> None:
        if self._require_walls and walls.missing:
            raise SandboxError(f"walls are required that do not stand here: {', '.join(walls.missing)}")

    def _on_end(self, link: WorkerLink) -> None:
        if link in self._links:
            self._links.remove(link)
            if not self._closing:
                _log.warning("a sandbox worker ended; starting another", extra={"worker": link.process_id})
                task = asyncio.get_running_loop().create_task(self._restart(link))
                self._restarts.add(task)
                task.add_done_callback(self._restarts.discard)

    async def _restart(self, link: WorkerLink) -> None:
        await link.close()
        self._processes.discard(link)
        while not self._closing:
            await asyncio.sleep(RESTART_PAUSE)
            try:
                await self._start_worker()
            except SandboxError:
                _log.exception("a sandbox worker does not start")
            else:
                return


@asynccontextmanager
async def open_sandboxes(
    cache: Path, *, workers: int | None = None, queue: int = 10_000, require_walls: bool = False
) -> AsyncIterator[Sandboxes]:
    """Sandboxes of `workers` processes (default: one a core), compiled code in `cache`, at most `queue` waiting.

    With `require_walls` none starts where the kernel cannot confine it. Raises SandboxError.
    """
    store = ImageStore(await asyncio.to_thread(_prepare, cache))
    await asyncio.to_thread(store.remove_left_over, older_than=LEFT_OVER)
    sandboxes = Sandboxes(store, workers or os.cpu_count() or 1, queue, require_walls=require_walls)
    try:
        await sandboxes.start()
        yield sandboxes
    finally:
        await sandboxes.close()


def _refuse_broken_text(source: ImageSource) -> None:
    for name, text in source.functions.items():
        if _HALF.search(text):
            raise BuildFailed(f"{source.file(name)}: SyntaxError: half a surrogate pair")


def _prepare(cache: Path) -> Path:
    """Have the engine compiled, in a process of its own: nothing of wasmtime is ever loaded into this one."""
    command = [sys.executable, "-I", "-m", "runtime.prepare", str(cache.absolute()), str(SLOTS), str(os.getpid())]
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)  # noqa: S603 - our own
    if ended.returncode:
        problems = ended.stderr.decode(errors="replace").strip()[-2000:]
        raise SandboxError(f"the engine does not compile: {problems}")
    return Path(ended.stdout.decode())
