"""A course of 500 scenes on 1, 2, 4 and 8 workers, every step's time replayed asleep: what the graph itself costs."""

from __future__ import annotations

import random
import shutil
import time
from pathlib import Path

from benchmarks.measure import table
from benchmarks.setting import Setting
from render.apart import Say
from render.building import all_steps
from render.graph import Step, Where, build
from render.show import Show
from store import Store

SCENES, LECTURES = 500, 100
FASTER = 40  # a scene of 12 s sleeps 0.3 s
SECONDS = {"speech": 0.4, "scene": 12.0, "card": 3.0, "lecture": 4.0, "preview": 2.0}


def replay(folder: Path, deps: dict[str, Path], say: Say, *, seconds: float) -> None:
    """A step that takes its time and leaves a small result."""
    time.sleep(seconds)
    (folder / "result").write_bytes(b"done")


def steps() -> list[Step]:
    """Lectures of five scenes each; scenes take between a third and three times the usual, by a fixed seed."""
    dice = random.Random(0)
    wanted: list[Step] = []

    def step(kind: str, name: str, deps: dict[str, Step], factor: float = 1.0) -> Step:
        seconds = SECONDS[kind] * factor
        return Step(
            name=f"{kind} {name}",
            kind=kind,
            run="benchmarks.scale:replay",
            arguments={"seconds": seconds / FASTER},
            reads={"name": name},
            deps=deps,
            weight=seconds,
        )

    for lecture in range(LECTURES):
        scenes = {}
        for number in range(SCENES // LECTURES):
            name = f"{lecture}.{number}"
            scenes[name] = step("scene", name, {"speech": step("speech", name, {})}, 3 ** dice.uniform(-1, 1))
        wanted.append(step("lecture", str(lecture), {"card": step("card", str(lecture), {}), **scenes}))
        wanted.append(step("preview", str(lecture), scenes))
    return wanted


class Quiet(Show):
    """Says nothing, and keeps when each step ended."""

    def __init__(self) -> None:
        super().__init__()
        self.ends: list[float] = []
        self.first = 0.0

    def begin(self, name: str, worker: str) -> None:
        super().begin(name, worker)
        self.first = self.first or time.monotonic()

    def done(self, name: str, seconds: float) -> None:
        self.ends.append(time.monotonic())

    def _line(self, line: str) -> None: ...


def simulate(setting: Setting) -> str:
    """Wall clock and efficiency by number of workers, and where the rest went."""
    rows = []
    for jobs in (1, 2, 4, 8):
        root = setting.folder / "scale"
        shutil.rmtree(root, ignore_errors=True)
        wanted, show = steps(), Quiet()
        asleep = sum(each.arguments["seconds"] for each in all_steps(wanted))
        began = time.monotonic()
        build(wanted, Store(root), show, Where(jobs))
        wall = time.monotonic() - began
        start = show.first - began
        tail = show.ends[-1] - show.ends[-jobs] if len(show.ends) > jobs else 0.0
        lost = wall - asleep / jobs - start - tail
        efficiency = asleep / jobs / wall
        rows.append([jobs, wall, f"{efficiency:.0%}", start, tail, lost, 1000 * lost * jobs / len(show.ends)])
        setting.said(f"simulated {jobs} workers")
    head = ["workers", "wall s", "efficiency", "starting s", "tail s", "between steps s", "per step ms"]
    return table(head, rows)
