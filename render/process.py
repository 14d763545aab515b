"""The builder's end of a step: a process in a group of its own, heard line by line, stopped whole."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from store.entries import REPOSITORY

GRACE = 3.0  # seconds a process gets to tidy up
# Keep large frame buffers in the heap: without it every frame is mapped and unmapped anew.
ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": "134217728", "MALLOC_TRIM_THRESHOLD_": "268435456"}


class Process:
    """A running step. `answer` is its last word; `log` holds what it printed."""

    def __init__(self, name: str, task: Mapping[str, Any], logs: Path) -> None:
        self.name, self._started = name, time.monotonic()
        self.answer: dict[str, Any] = {}
        logs.mkdir(parents=True, exist_ok=True)
        self.log = logs / f"{re.sub(r'[^A-Za-z0-9._-]+', '-', name)}.log"
        paths = os.pathsep.join(filter(None, [str(REPOSITORY), os.environ.get("PYTHONPATH")]))
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "render.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=REPOSITORY,
                env={**ALLOCATOR, **os.environ, "PYTHONPATH": paths},
                start_new_session=True,
            )
        assert self._process.stdin is not None and self._process.stdout is not None
        self.output, self._rest = self._process.stdout.fileno(), b""
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(task).encode() + b"\n")
            self._process.stdin.flush()

    @property
    def seconds(self) -> float:
        """Time since the start."""
        return time.monotonic() - self._started

    def read(self) -> Iterator[dict[str, Any]] | None:
        """What it said since; None when it will say no more. Call when `output` is readable."""
        chunk = os.read(self.output, 65536)
        if not chunk:
            return None
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        return iter([json.loads(line) for line in lines])

    def wait(self) -> int:
        """The exit status, negative for a signal. Whatever it started and left goes too."""
        status = self._process.wait()
        self._signal(signal.SIGKILL)
        self._close()
        return status

    def stop(self) -> None:
        """Ask it to tidy up and leave; after a moment of grace, make it."""
        self._signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE)
        self._signal(signal.SIGKILL)
        self._process.wait()
        self._close()

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    def _close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()
