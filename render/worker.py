"""Where a step runs: one warm process that takes steps from a scheduler, one after the other.

`python -m render.worker` is a worker of this machine: the scheduler's address and credentials come as one JSON line
on stdin, which stays open while the builder lives; when it closes, the process ends itself and all it started, so
nothing outlives its builder. On a cluster `dask worker` serves, and finds `work` in its own checkout.

What a step prints goes to its log, `<store>/logs/<step>.log`.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from render.apart import Say, call, call_apart, die_with_parent
from store import CourseError, Store, StoreError
from store.sources import pattern_hash


def work(task: dict[str, Any]) -> dict[str, Any]:
    """Run one step, unless the store has its result. What a scheduler calls on a worker.

    task: name, key, run ("module:function"), arguments, deps (role -> key), sources (pattern -> hash), store, traces
    (a folder or the key of an entry, or None), topic, alone (in a process of its own).
    Returns {"done": seconds} or {"error": line, "bug": traceback or None, "log": path}; raises nothing.
    """
    from distributed import get_worker

    worker, started = get_worker(), time.monotonic()

    def send(message: dict[str, Any]) -> None:
        worker.log_event(task["topic"], {"step": task["name"], **message})

    send({"begin": str(worker.name)})
    os.environ["LECTURE_STORE"] = task["store"]
    store = Store(task["store"])
    log = store.root / "logs" / f"{re.sub(r'[^A-Za-z0-9._-]+', '-', task['name'])}.log"
    try:
        with printing_to(log):
            run(task, store, Say(send))
        return {"done": time.monotonic() - started}
    except CourseError as error:
        return {"error": str(error), "bug": None, "log": str(log)}
    except Exception as error:
        line = " ".join(f"{type(error).__name__}: {error}".split())
        with log.open("a", encoding="utf-8") as file:
            traceback.print_exc(file=file)
        return {"error": line, "bug": traceback.format_exc(), "log": str(log)}


def run(task: dict[str, Any], store: Store, say: Say) -> None:
    """Produce the step's entry in the store."""
    same_sources(task["sources"])
    if task["traces"] is None:
        os.environ.pop("LECTURE_TRACES", None)
    else:
        os.environ["LECTURE_TRACES"] = str(store.get(task["traces"]) or task["traces"])
    dependencies = {}
    for role, key in task["deps"].items():
        if (found := store.get(key)) is None:
            raise StoreError(f"{role} is not in the store at {store.root} of this worker; let all share one store")
        dependencies[role] = found

    called = call_apart if task["alone"] else call
    store.produce(task["key"], lambda folder: called(task["run"], task["arguments"], folder, dependencies, say))


def same_sources(sources: Mapping[str, str]) -> None:
    """Whether this checkout holds what the step's key was made from; else its result would be filed wrongly."""
    for pattern, wanted in sources.items():
        if pattern_hash(pattern) != wanted:
            raise StoreError(f"{pattern}, or what it imports, is not what the build was planned from; build again")


@contextmanager
def printing_to(log: Path) -> Iterator[None]:
    """Everything this process prints goes to `log`, what compiled libraries print too."""
    log.parent.mkdir(parents=True, exist_ok=True)
    kept = os.dup(1), os.dup(2)
    with log.open("wb") as file:
        sys.stdout.flush()
        sys.stderr.flush()
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for number, old in zip((1, 2), kept, strict=True):
                os.dup2(old, number)
                os.close(old)


def main() -> None:
    """Serve the scheduler named on stdin until the builder goes."""
    told = json.loads(sys.stdin.readline())
    threading.Thread(target=die_with_parent, daemon=True).start()
    asyncio.run(serve(told))


async def serve(told: Mapping[str, Any]) -> None:
    """A Dask worker with one thread."""
    import dask
    from distributed import Worker
    from distributed.security import Security

    dask.config.set(told["config"])
    async with Worker(
        told["address"],
        name=told["name"],
        nthreads=1,
        memory_limit=0,
        resources=told["resources"],
        security=Security(**told["security"]),
        local_directory=told["folder"],
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        silence_logs=50,
    ) as worker:
        await worker.finished()


if __name__ == "__main__":
    main()
