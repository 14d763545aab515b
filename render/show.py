"""What a person sees of a build: one live display on a terminal, plain lines anywhere else.

rich is imported only when there is something to show on a terminal.
"""

import sys
from typing import IO, Any


class Show:
    """Progress over all steps of a build. `plan` may be called again when more steps become known."""

    def __init__(self, stream: IO[str] | None = None) -> None:
        self._stream = stream or sys.stderr
        self._live: Any = None
        self._tasks: dict[str, Any] = {}
        self._weights: dict[str, float] = {}
        self._parts: dict[str, float] = {}  # which part of a step is done
        self.finished = 0
        self._whole: Any = None

    def plan(self, weights: dict[str, float]) -> None:
        """Steps to come, with their expected shares of the work."""
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
            self._live.start()
            self._whole = self._live.add_task("[bold]all steps", total=1.0, what="")
        if self._live:
            self._live.start()
            self._live.update(self._whole, total=sum(self._weights.values()), what=self._count())

    def begin(self, name: str) -> None:
        """A step starts."""
        if self._live:
            self._tasks[name] = self._live.add_task(f"  {name}", total=1.0, what="")

    def say(self, name: str, what: str, part: float | None) -> None:
        """A step says what it is doing and how far it is."""
        if self._live and name in self._tasks:
            self._live.update(self._tasks[name], what=what)
            if part is not None:
                self._live.update(self._tasks[name], completed=part)
                self._advance(name, part)

    def done(self, name: str, seconds: float) -> None:
        """A step is finished."""
        self.finished += 1
        if self._live:
            self._live.remove_task(self._tasks.pop(name))
            self._advance(name, 1.0)
        else:
            self._line(f"{self._count()}  {name}  {seconds:.1f} s")

    def fail(self, name: str) -> None:
        """A step failed; the reason is told when the build ends."""
        if self._live:
            self._live.remove_task(self._tasks.pop(name))
            self._live.console.print(f"[bold #F2754B]failed[/] {name}", highlight=False)
        else:
            self._line(f"failed  {name}")

    def skip(self, name: str) -> None:
        """A step cannot start because one it needs failed."""
        if not self._live:
            self._line(f"not started  {name}")

    def warn(self, line: str) -> None:
        """Something worth knowing that stops nothing."""
        if self._live:
            self._live.console.print(f"warning: {line}", markup=False, highlight=False)
        else:
            self._line(f"warning: {line}")

    def rest(self) -> None:
        """Nothing runs for now; leave the terminal in order."""
        if self._live:
            for task in self._tasks.values():
                self._live.remove_task(task)
            self._tasks.clear()
            self._live.stop()

    def _advance(self, name: str, part: float) -> None:
        self._parts[name] = part
        done = sum(self._weights[each] * part for each, part in self._parts.items())
        self._live.update(self._whole, completed=done, what=self._count())

    def _count(self) -> str:
        return f"{self.finished}/{len(self._weights)}"

    def _line(self, line: str) -> None:
        print(line, file=self._stream, flush=True)
