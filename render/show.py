"""What a person sees of a build: one live display on a terminal, plain lines anywhere else.

rich is imported only when there is something to show on a terminal.
"""

from __future__ import annotations

import sys
import time
from typing import IO, Any

SURE = 0.05  # of the work must be done before an estimate is worth telling


class Show:
    """Progress over all steps of a build. `plan` may be called again when more steps become known."""

    def __init__(self, stream: IO[str] | None = None) -> None:
        self._stream = stream or sys.stderr
        self._live: Any = None
        self._tasks: dict[str, Any] = {}
        self._weights: dict[str, float] = {}
        self._parts: dict[str, float] = {}  # which part of a step is done
        self._started = time.monotonic()
        self.finished = 0
        self._whole: Any = None

    def plan(self, weights: dict[str, float]) -> None:
        """Steps to come, with the seconds each is expected to take."""
        self._weights |= weights
        if self._live is None and self._stream.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

            self._live = Progress(
                TextColumn("{task.description}"),
                BarColumn(bar_width=24, complete_style="#6CB6FF", finished_style="#3FC79A"),
                TimeElapsedColumn(),
                TextColumn("{task.fields[what]}", style="#9AA7B4", markup=False),
                console=Console(file=self._stream),
            )
            self._whole = self._live.add_task("[bold]all steps", total=1.0, what="")
        if self._live:
            self._live.start()
            self._live.update(self._whole, total=sum(self._weights.values()), what=self._count())

    def begin(self, name: str, worker: str) -> None:
        """A worker starts a step; it may be the second one, when the first died over it."""
        self._parts[name] = 0.0
        if self._live:
            if name in self._tasks:
                self._live.remove_task(self._tasks[name])
            self._tasks[name] = self._live.add_task(f"  {worker}  {name}", total=1.0, what="")

    def say(self, name: str, what: str, part: float | None) -> None:
        """A step says what it is doing and how far it is."""
        if part is not None:
            self._parts[name] = part
        if self._live and name in self._tasks:
            self._live.update(self._tasks[name], what=what, completed=part)

    def done(self, name: str, seconds: float) -> None:
        """A step is finished."""
        self.finished += 1
        self._parts[name] = 1.0
        self._close(name)
        if not self._live:
            self._line(f"{self._count()}  {name}  {seconds:.1f} s{self._left()}")

    def fail(self, name: str) -> None:
        """A step failed; the reason is told when the build ends."""
        self._close(name)
        self._say(f"failed  {name}")

    def skip(self, name: str, blame: str) -> None:
        """A step cannot start because one it needs failed."""
        self._say(f"not started  {name}, it needs {blame}")

    def warn(self, line: str) -> None:
        """Something worth knowing that stops nothing."""
        self._say(f"warning: {line}")

    def tick(self) -> None:
        """Time has passed: bring the estimate up to date."""
        if self._live:
            self._live.update(self._whole, completed=self._done(), what=f"{self._count()}{self._left()}")

    def rest(self) -> None:
        """Nothing runs for now; leave the terminal in order."""
        if self._live:
            for name in list(self._tasks):
                self._close(name)
            self._live.stop()

    def _close(self, name: str) -> None:
        if name in self._tasks:
            self._live.remove_task(self._tasks.pop(name))

    def _done(self) -> float:
        return sum(self._weights.get(each, 0.0) * part for each, part in self._parts.items())

    def _left(self) -> str:
        """How long it will still take, judged by how long it took so far."""
        done, whole = self._done(), sum(self._weights.values())
        if not SURE * whole <= done < whole:
            return ""
        seconds = (time.monotonic() - self._started) * (whole - done) / done
        return f"  about {round(seconds / 60)} min left" if seconds >= 90 else f"  about {round(seconds)} s left"

    def _count(self) -> str:
        return f"{self.finished}/{len(self._weights)}"

    def _say(self, line: str) -> None:
        if self._live:
            self._live.console.print(line, markup=False, highlight=False)
        else:
            self._line(line)

    def _line(self, line: str) -> None:
        print(line, file=self._stream, flush=True)
