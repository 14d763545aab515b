"""One step in a process of its own: `python -m render.worker`, a task as one JSON line on stdin.

Answers with JSON lines on what was stdout: {"say": ..., "part": 0..1}, {"warn": ...}, then {"done":
folder} or {"error": line, "bug": traceback or null}. What the step prints goes to stderr, which is its
log. Stdin stays open while the builder lives; when it closes, the process ends itself and all it started,
so nothing outlives its builder.
"""

import importlib
import json
import os
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import Any, NoReturn

from store import CourseError, Store


class Say:
    """How a step speaks to the builder while it works."""

    def __init__(self, channel: int) -> None:
        self._channel = channel

    def __call__(self, what: str, part: float | None = None) -> None:
        """What is going on now, and which part of the step is done."""
        self.send({"say": what, "part": part})

    def warn(self, line: str) -> None:
        """One line that a person should see although the step goes on."""
        self.send({"warn": line})

    def send(self, message: dict[str, Any]) -> None:
        os.write(self._channel, (json.dumps(message) + "\n").encode())


def main() -> None:
    """Run the task on stdin."""
    task = json.loads(sys.stdin.readline())
    channel = os.dup(1)
    os.dup2(2, 1)
    say = Say(channel)
    threading.Thread(target=die_with_builder, daemon=True).start()
    signal.signal(signal.SIGTERM, leave)
    try:
        folder = Store(task["store"]).produce(task["key"], lambda beside: run(task, beside, say))
        say.send({"done": str(folder)})
    except CourseError as error:
        say.send({"error": str(error), "bug": None})
    except Exception as error:
        traceback.print_exc()
        line = " ".join(f"{type(error).__name__}: {error}".split())
        say.send({"error": line, "bug": traceback.format_exc()})


def run(task: dict[str, Any], folder: Path, say: Say) -> None:
    """Call the `module:function` of the task with the folder to fill, its dependencies and its arguments."""
    module, _, function = task["run"].partition(":")
    dependencies = {name: Path(path) for name, path in task["deps"].items()}
    getattr(importlib.import_module(module), function)(folder, dependencies, say, **task["arguments"])


def leave(*_: object) -> NoReturn:
    """On SIGTERM: unwind, so that half-made files go."""
    raise SystemExit(143)


def die_with_builder() -> None:
    """Wait for stdin to close; then end the whole process group, which the builder made for this step."""
    while os.read(0, 4096):
        pass
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(137)


if __name__ == "__main__":
    main()
