"""A step in a fresh process: torch keeps settings for all that comes after it, and no capture must see another's.

Both ends speak JSON lines. The process gets its task on stdin, which stays open while the worker lives; when it
closes, the process ends itself and all it started, so nothing outlives its worker.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from store import CourseError
from store.entries import REPOSITORY


class Say:
    """How a step speaks to the builder while it works: each message is a small dict, sent by `send`."""

    def __init__(self, send: Callable[[dict[str, Any]], object]) -> None:
        self.send = send

    def __call__(self, what: str, part: float | None = None) -> None:
        """What is going on now, and which part of the step is done."""
        self.send({"say": what, "part": part})

    def warn(self, line: str) -> None:
        """One line that a person should see although the step goes on."""
        self.send({"warn": line})


def call(run: str, arguments: Mapping[str, Any], folder: Path, dependencies: Mapping[str, Path], say: Say) -> None:
    """Call a step's "module:function" with the folder to fill, its dependencies and its arguments."""
    module, _, function = run.partition(":")
    getattr(importlib.import_module(module), function)(folder, dict(dependencies), say, **arguments)


def call_apart(
    run: str, arguments: Mapping[str, Any], folder: Path, dependencies: Mapping[str, Path], say: Say
) -> None:
    """`call` in a process of its own. Raises CourseError with its line, RuntimeError when it ends in another way."""
    paths = os.pathsep.join(filter(None, [str(REPOSITORY), os.environ.get("PYTHONPATH")]))
    process = subprocess.Popen(
        [sys.executable, "-m", "render.apart"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": paths},
        start_new_session=True,
    )
    assert process.stdin is not None and process.stdout is not None
    task = {"run": run, "arguments": dict(arguments), "folder": str(folder)}
    task["dependencies"] = {role: str(path) for role, path in dependencies.items()}
    process.stdin.write(json.dumps(task).encode() + b"\n")
    process.stdin.flush()
    error: str | None = None
    for line in process.stdout:
        message = json.loads(line)
        if "error" in message:
            error = message["error"]
        else:
            say.send(message)
    status = process.wait()
    process.stdin.close()
    if error is not None:
        raise CourseError(error)
    if status:
        raise RuntimeError(f"its process was killed by signal {-status}" if status < 0 else f"it ended with {status}")


def die_with_parent() -> None:
    """Wait for stdin to close; then end the whole process group, which the parent made for this process."""
    while os.read(0, 4096):
        pass
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(137)


def main() -> None:
    """The other end of `call_apart`. What the step prints goes to stderr, the log."""
    task = json.loads(sys.stdin.readline())
    channel = os.dup(1)
    os.dup2(2, 1)
    threading.Thread(target=die_with_parent, daemon=True).start()
    say = Say(lambda message: os.write(channel, (json.dumps(message) + "\n").encode()))
    dependencies = {role: Path(path) for role, path in task["dependencies"].items()}
    try:
        call(task["run"], task["arguments"], Path(task["folder"]), dependencies, say)
    except CourseError as error:
        say.send({"error": str(error)})


if __name__ == "__main__":
    main()
