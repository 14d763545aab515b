"""Several processes as the ranks of one gloo group, on the loopback device of this machine.

They always end: each watches its parent and a time limit, and the first that fails ends the others. What a rank
returns comes back through a pipe, in rank order; what it raises becomes one `CaptureError` line.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable
from datetime import timedelta
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist

from data_capture.document import one_line
from data_capture.registry import CaptureError

HOST = "127.0.0.1"
LIMIT = 120.0


def run_ranks(function: Callable[..., Any], world: int, *args: Any, limit: float = LIMIT) -> list[Any]:
    """Call function(rank, *args) on `world` fresh processes of one gloo group; returns what each returned.

    function must be importable by name. limit: seconds for everything, start included. Each rank runs one torch
    thread. Raises CaptureError with the first rank's error, or when the limit passes.
    """
    # The parent holds the store and the system picks the port, so no other process can take it in between.
    store = dist.TCPStore(HOST, 0, is_master=True, wait_for_workers=False)
    context = multiprocessing.get_context("spawn")
    processes: list[Any] = []
    pipes: list[Any] = []
    deadline = time.monotonic() + limit
    with tempfile.TemporaryDirectory(prefix="ranks-") as logs:
        try:
            for rank in range(world):
                mine, theirs = context.Pipe(duplex=False)
                log = Path(logs) / f"{rank}.log"
                setting = (rank, world, store.port, os.getpid(), limit, str(log))
                process = context.Process(target=_rank, args=(theirs, setting, function, args), daemon=True)
                process.start()
                theirs.close()
                processes.append(process)
                pipes.append(mine)
            return _collect(pipes, deadline, limit)
        finally:
            for process in processes:
                process.join(2 if sys.exc_info()[0] is None else 0)
                if process.is_alive():
                    process.kill()
                    process.join()
            for pipe in pipes:
                pipe.close()


def _collect(pipes: list[Any], deadline: float, limit: float) -> list[Any]:
    results: dict[int, Any] = {}
    errors: dict[int, str] = {}
    while len(results) < len(pipes):
        open_pipes = [pipe for rank, pipe in enumerate(pipes) if rank not in results | errors]
        # After a first error the others get a moment: the rank that says why may not be the first to fail.
        ready = wait(open_pipes, min(1.0, deadline - time.monotonic()) if errors else deadline - time.monotonic())
        if not ready:
            break
        for end in ready:
            rank = pipes.index(end)
            try:
                kind, content = pipes[rank].recv()
            except EOFError:
                kind, content = "died", f"rank {rank} ended without a word"
            if kind == "result":
                results[rank] = content
            elif kind == "refused":
                raise CaptureError(content)
            else:
                errors[rank] = content
    if errors:
        raise CaptureError(next(iter(errors.values())))
    if len(results) < len(pipes):
        late = [rank for rank in range(len(pipes)) if rank not in results]
        raise CaptureError(f"rank {late} did not finish within {limit:g} s; try again on a less busy machine")
    return [results[rank] for rank in range(len(pipes))]


def _rank(pipe: Connection, setting: tuple[Any, ...], function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    rank, world, port, parent, limit, log = setting
    threading.Thread(target=_watch, args=(parent, time.monotonic() + limit), daemon=True).start()
    with open(log, "wb") as out:  # noqa: PTH123
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    os.environ["GLOO_SOCKET_IFNAME"] = "lo0" if sys.platform == "darwin" else "lo"
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    try:
        within = timedelta(seconds=limit)
        store = dist.TCPStore(HOST, port, is_master=False, timeout=within)
        dist.init_process_group("gloo", store=store, rank=rank, world_size=world, timeout=within)
        pipe.send(("result", function(rank, *args)))
        dist.barrier()
        dist.destroy_process_group()
    except CaptureError as error:
        pipe.send(("refused", str(error)))
    except BaseException as error:
        pipe.send(("error", f"rank {rank}: {type(error).__name__}: {one_line(error)}"))
    finally:
        pipe.close()


def _watch(parent: int, deadline: float) -> None:
    while os.getppid() == parent and time.monotonic() < deadline:
        time.sleep(0.2)
    os._exit(1)


def check_group(world: int) -> None:
    """CaptureError unless this process really is one of `world` ranks over gloo."""
    if not dist.is_initialized() or dist.get_backend() != "gloo" or dist.get_world_size() != world:
        there = f"{dist.get_backend()} with {dist.get_world_size()} ranks" if dist.is_initialized() else "none"
        raise CaptureError(f"a gloo group of {world} ranks is needed; there is {there}")
