"""Processes measured whole: CPU of all descendants, wall clock, peak memory; and copies of the course to measure in."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("store", "data_capture", "scripts", "voice", "scenes", "render", "benchmarks")


@dataclass(frozen=True)
class Cost:
    """CPU and wall clock in seconds, peak memory of the whole process tree in MB."""

    cpu: float
    wall: float
    memory: float

    @staticmethod
    def middle(costs: Sequence[Cost]) -> Cost:
        """The median of each."""
        return Cost(*(median(getattr(cost, name) for cost in costs) for name in ("cpu", "wall", "memory")))

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.cpu + other.cpu, self.wall + other.wall, max(self.memory, other.memory))


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Cost:
    """Run to the end; what it says goes to `folder`/run.log, and its tail into the error when it fails."""
    log = folder / "run.log"
    started = time.monotonic()
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=folder, env=dict(environment), stdout=file, stderr=file)
    peak = Peak(process.pid)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    memory = peak.stop()
    if process.returncode:
        tail = log.read_text(encoding="utf-8", errors="replace")[-2000:]
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{tail}")
    return Cost(used.ru_utime + used.ru_stime, wall, memory)


class Peak:
    """Resident memory of a process and its descendants, looked at twice a second."""

    def __init__(self, pid: int) -> None:
        self._pid, self._peak, self._over = pid, 0, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._over.wait(0.5):
            total = 0
            try:
                parent = psutil.Process(self._pid)
                for process in (parent, *parent.children(recursive=True)):
                    total += process.memory_info().rss
            except psutil.Error:
                continue
            self._peak = max(self._peak, total)

    def stop(self) -> float:
        """The peak in MB."""
        self._over.set()
        self._thread.join()
        return self._peak / 1e6


@dataclass(frozen=True)
class Course:
    """A copy of the course in a folder of its own; `lecture` runs its command."""

    root: Path

    @staticmethod
    def copy(target: Path) -> Course:
        """Lay the rooms out in `target`."""
        ignore = shutil.ignore_patterns("__pycache__", "build", "node_modules")
        for room in ROOMS:
            shutil.copytree(ROOT / room, target / room, ignore=ignore)
        return Course(target)

    def environment(self, store: Path, **extra: str) -> dict[str, str]:
        """The environment of its processes, with this store; languages and voices are the defaults."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("LECTURE_")}
        return kept | {"PYTHONPATH": str(self.root), "LECTURE_STORE": str(store)} | extra

    def lecture(self, store: Path, *arguments: str) -> Cost:
        """Measure `lecture <arguments>`."""
        return run([sys.executable, "-m", "render.cli", *arguments], self.root, self.environment(store))


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table; numbers with what precision they deserve."""

    def cell(value: object) -> str:
        if not isinstance(value, float):
            return str(value)
        return f"{value:.3g}" if value < 100 else f"{value:.0f}"

    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell(value) for value in line) + " |" for line in lines) + "\n"
