"""The build graph: steps as plain data, looked up in the store, run two at a time in processes of their own.

    folders = build([lecture_step], Store())      # {step name: folder}

A step whose result is in the store is not run, and neither is what only it needs: a finished build costs
one look-up per target. Keys are made from what a step reads and from the keys of its dependencies; nothing
runs to know them.
"""

import selectors
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from render.errors import BuildError
from render.process import Process
from render.show import Show
from store import Store, StoreError, key
from store.errors import disk_error

JOBS = 2


@dataclass(frozen=True)
class Step:
    """One pure step. `run` is "module:function", called as function(folder, deps, say, **arguments).

    `name` is for people and unique in a build; `reads` is what the step depends on beyond its arguments;
    `deps` gives dependencies by the role they play for the function. All of it is JSON. `weight` is the
    expected share of the work.
    """

    name: str
    kind: str
    run: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    reads: Mapping[str, Any] = field(default_factory=dict)
    deps: Mapping[str, "Step"] = field(default_factory=dict)
    weight: float = 1.0

    @cached_property
    def key(self) -> str:
        """The hash of everything this step reads."""
        deps = {role: step.key for role, step in self.deps.items()}
        arguments, reads = dict(self.arguments), dict(self.reads)
        return key({"kind": self.kind, "run": self.run, "arguments": arguments, "reads": reads, "deps": deps})


def build(targets: Iterable[Step], store: Store, show: Show | None = None, jobs: int = JOBS) -> dict[str, Path]:
    """Folders of `targets` by step name, after running what is missing.

    A failing step stops what depends on it; the rest is finished. Raises BuildError, one line per failed
    step. Ctrl-C ends all processes at once; what was published stays.
    """
    targets = list(targets)
    have: dict[str, Path] = {}
    missing = _missing(targets, store, have)
    if missing:
        store.sweep()
        _Run(missing, store, have, show or Show(), jobs).finish()
    return {step.name: have[step.name] for step in targets}


def _missing(targets: Iterable[Step], store: Store, have: dict[str, Path]) -> list[Step]:
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
    # Speech has no dependencies, so a silent voice is told before anything is drawn; long scenes start early.
    return sorted(order.values(), key=lambda step: (bool(step.deps), -step.weight))


class _Run:
    """One build in progress."""

    def __init__(self, steps: list[Step], store: Store, have: dict[str, Path], show: Show, jobs: int) -> None:
        self.waiting, self.store, self.have, self.show, self.jobs = steps, store, have, show, jobs
        self.running: dict[int, tuple[Step, Process]] = {}
        self.lines: list[str] = []  # what went wrong
        self.lost: set[str] = set()  # steps that failed or cannot start

    def finish(self) -> None:
        """Run everything; raises BuildError when a step failed."""
        self.show.plan({step.name: step.weight for step in self.waiting})
        try:
            while self.waiting or self.running:
                self._start()
                self._listen()
        except BaseException:
            for _, process in self.running.values():
                process.stop()
            raise
        finally:
            self.show.rest()
        if self.lines:
            raise BuildError("\n".join(self.lines))

    def _start(self) -> None:
        for step in list(self.waiting):
            deps = [dep.name for dep in step.deps.values()]
            if self.lost.intersection(deps):
                self.waiting.remove(step)
                self.lost.add(step.name)
                self.show.skip(step.name)
            elif len(self.running) < self.jobs and all(dep in self.have for dep in deps):
                self.waiting.remove(step)
                self.show.begin(step.name)
                process = self._process(step)
                self.running[process.output] = (step, process)

    def _process(self, step: Step) -> Process:
        task = {
            "store": str(self.store.root),
            "key": step.key,
            "run": step.run,
            "arguments": dict(step.arguments),
            "deps": {role: str(self.have[dep.name]) for role, dep in step.deps.items()},
        }
        try:
            return Process(step.name, task, self.store.root / "logs")
        except OSError as error:
            raise disk_error(error, self.store.root) or StoreError(f"cannot start a process: {error}") from error

    def _listen(self) -> None:
        with selectors.DefaultSelector() as selector:
            for output in self.running:
                selector.register(output, selectors.EVENT_READ)
            for chosen, _ in selector.select(timeout=0.5) if self.running else ():
                step, process = self.running[chosen.fd]
                messages = process.read()
                if messages is None:
                    del self.running[chosen.fd]
                    self._settle(step, process)
                for message in messages or ():
                    self._hear(step, process, message)

    def _hear(self, step: Step, process: Process, message: dict[str, Any]) -> None:
        if "say" in message:
            self.show.say(step.name, message["say"], message["part"])
        elif "warn" in message:
            self.show.warn(message["warn"])
        else:
            process.answer = message

    def _settle(self, step: Step, process: Process) -> None:
        status, answer = process.wait(), process.answer
        if "done" in answer:
            self.have[step.name] = Path(answer["done"])
            self.show.done(step.name, process.seconds)
            return
        if "error" in answer:
            line = answer["error"] + (f" (details: {process.log})" if answer["bug"] else "")
        else:
            how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
            line = f"its process {how}; build again to go on from here (log: {process.log})"
        self.lost.add(step.name)
        self.lines.append(f"{step.name}: {line}")
        self.show.fail(step.name)
