"""The build graph: steps as plain data, looked up in the store, run by workers as soon as what they need is there.

    folders = build([lecture_step], Store())      # {step name: folder}

A step whose result is in the store is not run, and neither is what only it needs: a finished build costs
one look-up per target. Keys are made from what a step reads and from the keys of its dependencies; nothing
runs to know them.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from render.errors import BuildError
from render.history import History
from render.show import Show
from store import Store, key
from store.errors import disk_error

if TYPE_CHECKING:
    from render.workers import Workers

TRIES = 2
ANOTHER = 10  # seconds of work that must be ready before one more local worker is started for it
STRAYS = 6  # times a step may be sent out in all: its worker can die over another step before it begins


@dataclass(frozen=True)
class Step:
    """One pure step. `run` is "module:function", called as function(folder, deps, say, **arguments).

    `name` is for people and unique in a build; `reads` is what the step depends on beyond its arguments, `sources`
    the hash of each pattern of source files it runs; `deps` gives dependencies by the role they play for the
    function. All of it is JSON. `weight` is about how many seconds it takes, `resources` what a worker must offer;
    `alone` runs it in a process of its own. `instead` is a step whose result this one makes in another way.
    """

    name: str
    kind: str
    run: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    reads: Mapping[str, Any] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    deps: Mapping[str, Step] = field(default_factory=dict)
    weight: float = 1.0
    resources: Mapping[str, float] = field(default_factory=dict)
    alone: bool = False
    instead: Step | None = None

    @cached_property
    def parts(self) -> dict[str, Any]:
        """Everything the step reads, by what people call it."""
        if self.instead:
            return self.instead.parts
        return {
            "kind": self.kind,
            "run": self.run,
            "arguments": dict(self.arguments),
            "reads": dict(self.reads),
            "sources": dict(self.sources),
            "deps": {role: step.key for role, step in self.deps.items()},
        }

    @cached_property
    def key(self) -> str:
        """The hash of everything this step reads."""
        return self.instead.key if self.instead else key(self.parts)


@dataclass(frozen=True)
class Where:
    """Who runs the steps: `jobs` processes of this machine, or the Dask cluster at `scheduler`."""

    jobs: int = 2
    scheduler: str | None = None


def build(
    targets: Iterable[Step],
    store: Store,
    show: Show | None = None,
    where: Where | None = None,
    workers: Workers | None = None,
    have: dict[str, Path] | None = None,
) -> dict[str, Path]:
    """Folders of `targets` by step name, after running what is missing on `workers`, or on new ones as `where` says.

    `have`: what was just found in the store and need not be read again, by step name.
    A failing step stops what depends on it; the rest is finished. Raises BuildError, one line per failed
    step. Ctrl-C ends all processes at once; what was published stays.
    """
    targets = list(targets)
    have = {} if have is None else have
    steps = missing(targets, store, have)
    if steps:
        from render.workers import Workers

        where = where or Where()
        store.sweep()
        try:
            with nullcontext(workers) if workers else Workers(where.jobs, where.scheduler, store) as hired:
                _Run(steps, store, have, show or Show(), hired).finish()
        finally:
            store.sweep()  # workers that were stopped leave what they were making
    return {step.name: have[step.name] for step in targets}


def missing(targets: Iterable[Step], store: Store, have: dict[str, Path]) -> list[Step]:
    """Steps to run, in the order to try them; fills `have` with what the store holds."""
    order: dict[str, Step] = {}

    def visit(step: Step) -> None:
        if step.name in order or step.name in have:
            return
        if found := store.get(step.key):
            have[step.name] = found
            return
        for dep in step.deps.values():
            visit(dep)
        order[step.name] = step

    for target in targets:
        visit(target)
    history, left = History(store.root), dict.fromkeys(order, 0.0)
    for step in reversed(order.values()):
        left[step.name] += history.seconds(step) or step.weight
        for dep in step.deps.values():
            if dep.name in left:
                left[dep.name] = max(left[dep.name], left[step.name])
    # A silent voice is told before anything is drawn; then what has most work behind it comes first.
    return sorted(order.values(), key=lambda step: (step.kind != "speech", -left[step.name]))


class _Run:
    """One build in progress."""

    def __init__(self, steps: list[Step], store: Store, have: dict[str, Path], show: Show, workers: Workers) -> None:
        self.waiting, self.store, self.have, self.show, self.workers = steps, store, have, show, workers
        self.running: dict[str, Step] = {}
        self.sent: Counter[str] = Counter()
        self.begun: set[str] = set()  # those of the running that a worker has begun
        self.tries: Counter[str] = Counter()  # how often a step failed, or a worker died over it
        self.lines: list[str] = []  # what went wrong
        self.lost: dict[str, str] = {}  # steps that failed or cannot start, and the step that is to blame
        self.history = History(store.root)

    def finish(self) -> None:
        """Run everything; raises BuildError when a step failed."""
        seconds = {step.name: self.history.seconds(step) or step.weight for step in self.waiting}
        self.show.plan(seconds)
        try:
            settled = True
            while self.waiting or self.running:
                if settled or not self.running:
                    self._start()
                settled = False
                for message in self.workers.hear(seconds=0.5):
                    if step := self.running.get(message["step"]):
                        self._hear(step, message)
                        settled |= "answer" in message
                self.show.tick()
        except OSError as error:
            raise disk_error(error, self.store.root) or error from error
        finally:
            self.show.rest()
        if self.lines:
            raise BuildError("\n".join(self.lines))

    def _start(self) -> None:
        """Send out what is ready, as far as there is room; leave out what can never be."""
        ready = []
        for step in list(self.waiting):
            blame = next((self.lost[dep.name] for dep in step.deps.values() if dep.name in self.lost), None)
            if blame:
                self.waiting.remove(step)
                self.lost[step.name] = blame
                self.show.skip(step.name, blame)
            elif self._ready(step):
                ready.append(step)
        seconds = sum(step.weight for step in ready)
        for step in ready:
            if not self.workers.room(seconds):
                break
            seconds -= step.weight
            self.waiting.remove(step)
            self._submit(step)

    def _ready(self, step: Step) -> bool:
        return all(dep.name in self.have for dep in step.deps.values())

    def _submit(self, step: Step) -> None:
        for dep in step.deps.values():
            self.store.offer(dep.key)
        self.running[step.name] = step
        self.sent[step.name] += 1
        self.begun.discard(step.name)
        self.workers.submit(
            {
                "name": step.name,
                "kind": step.kind,
                "store": self.store.address,
                "key": step.key,
                "run": step.run,
                "arguments": dict(step.arguments),
                "sources": dict(step.sources),
                "deps": {role: dep.key for role, dep in step.deps.items()},
                "traces": self._traces(),
                "alone": step.alone,
            },
            priority=step.weight,
            resources=step.resources,
        )

    def _traces(self) -> str | None:
        """Where traces are read from first: a folder, or an entry of the store under its key."""
        chosen = os.environ.get("LECTURE_TRACES")
        if chosen and Path(chosen).is_relative_to(self.store.root):
            self.store.offer(Path(chosen).name)
            return Path(chosen).name
        return chosen

    def _hear(self, step: Step, message: Mapping[str, Any]) -> None:
        if "begin" in message:
            self.begun.add(step.name)
            self.show.begin(step.name, message["begin"])
        elif "say" in message:
            self.show.say(step.name, message["say"], message["part"])
        elif "warn" in message:
            self.show.warn(message["warn"])
        else:
            del self.running[step.name]
            self._settle(step, message["answer"])

    def _settle(self, step: Step, answer: Mapping[str, Any]) -> None:
        if "done" in answer:
            if found := self.store.get(step.key):
                self.have[step.name] = found
                self.history.note(step, answer["done"])
                self.show.done(step.name, answer["done"])
                return
            line = f"its result is not in the store at {self.store.address}; let the workers use the same store"
        elif "lost" in answer:
            line = f"{answer['lost']}; build again to go on from here"
        elif "died" in answer:
            self.tries[step.name] += step.name in self.begun
            if self.tries[step.name] < TRIES and self.sent[step.name] < STRAYS:
                self._submit(step)
                return
            line = "two workers died over it; build again to go on from here"
        else:
            self.tries[step.name] += 1
            if answer["bug"] and self.tries[step.name] < TRIES:
                self.show.warn(f"{step.name}: {answer['error']}; trying once more")
                self._submit(step)
                return
            line = answer["error"] + (f" (details: {answer['log']})" if answer["bug"] else "")
        self.lost[step.name] = step.name
        self.lines.append(f"{step.name}: {line}")
        self.show.fail(step.name)
