"""The builder's end of a local worker: a process in a group of its own, stopped whole."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from store.entries import REPOSITORY

# Keep large frame buffers in the heap: without it every frame is mapped and unmapped anew.
ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": "134217728", "MALLOC_TRIM_THRESHOLD_": "268435456"}


class Process:
    """A running worker; `log` holds what it printed outside of steps."""

    def __init__(self, told: Mapping[str, Any], log: Path) -> None:
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        paths = os.pathsep.join(filter(None, [str(REPOSITORY), os.environ.get("PYTHONPATH")]))
        with log.open("wb") as file:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "render.worker"],
                stdin=subprocess.PIPE,
                stdout=file,
                stderr=file,
                cwd=REPOSITORY,
                env={**ALLOCATOR, **os.environ, "PYTHONPATH": paths},
                start_new_session=True,
            )
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(told).encode() + b"\n")
            self._process.stdin.flush()

    @property
    def dead(self) -> bool:
        """Whether it ended; whatever it started and left goes too."""
        if self._process.poll() is None:
            return False
        self.stop()
        return True

    def stop(self) -> None:
        """End it and all it started, at once."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
