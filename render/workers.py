"""Who runs the steps of a build: warm processes of this machine under a scheduler of our own, or a Dask cluster.

    with Workers(jobs=2, address=None, store=store) as workers:
        if workers.room(ready=30.0):
            workers.submit(task, priority=7, resources={})
        for message in workers.hear(seconds=0.5): ...

They stay warm from one build to the next as long as the connection is open.

A scheduler of our own listens on the loopback device and speaks TLS with credentials made for this build, so that
no other user of the machine can send it work.
"""

from __future__ import annotations

import logging
import queue
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from typing import Any

from render.errors import BuildError
from render.graph import ANOTHER
from render.process import Process
from store import Store

FIRST = "worker 1"
CONNECT = 10.0  # seconds to reach a cluster's scheduler
STILLBORN = 3  # workers in a row that end before a step does: something is wrong with this machine
LOGGERS = ("distributed", "distributed.client", "distributed.utils", "tornado.application", "asyncio")
CONFIG = {
    "distributed.scheduler.allowed-failures": 0,  # the builder decides what is tried again
    "distributed.scheduler.http.routes": [],  # nothing is served on the port that Dask opens for its dashboard
    "distributed.worker.http.routes": [],
    "distributed.worker.profile.enabled": False,  # it would look at every worker's stack a hundred times a second
    "distributed.scheduler.active-memory-manager.start": False,
    "distributed.scheduler.work-stealing": False,  # a worker of this machine has one step at a time
    "distributed.admin.tick.interval": "1s",  # by default each event loop wakes up fifty times a second
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.comm.timeouts.connect": f"{CONNECT}s",
}


class Workers:
    """A connection to a scheduler; local workers are started when there is work for them."""

    def __init__(self, jobs: int, address: str | None, store: Store) -> None:
        self._jobs, self._address, self._store = jobs, address, store
        self._heard: queue.Queue[dict[str, Any]] = queue.Queue()
        self._topic = f"lecture-{uuid.uuid4().hex}"
        self._processes: dict[str, Process] = {}
        self._futures: dict[str, Any] = {}
        self._served: set[str] = set()  # local workers that began a step since they started
        self._stillborn = 0
        self._stack = ExitStack()

    def __enter__(self) -> Workers:
        import dask
        from distributed import Client, LocalCluster
        from distributed.security import Security

        for library in LOGGERS:  # what goes wrong is told in our words
            logging.getLogger(library).setLevel(logging.CRITICAL)
        with self._stack:
            self._stack.enter_context(dask.config.set(CONFIG))
            if self._address is None:
                self._security = Security.temporary()
                self._folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="lecture-"))
                cluster = LocalCluster(
                    n_workers=0,
                    host="127.0.0.1",
                    protocol="tls",
                    scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
                    silence_logs=logging.CRITICAL,
                    security=self._security,
                )
                self._stack.callback(cluster.close)
                self._client = Client(cluster, set_as_default=False)
            else:
                try:
                    self._client = Client(self._address, timeout=CONNECT, set_as_default=False)
                except (OSError, ValueError) as error:
                    why = " ".join(str(error).split())
                    raise BuildError(f"no Dask scheduler answers at {self._address}: {why}") from error
            self._stack.callback(self._client.close, timeout=1)
            self._client.subscribe_topic(self._topic, lambda event: self._heard.put(event[1]))
            self._stack.callback(self._stop)
            self._kept = self._stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(Exception):
            self._client.cancel(list(self._futures.values()))
        self._kept.close()

    def room(self, ready: float) -> bool:
        """Whether to send one more step, when steps of about so many seconds are ready.

        A cluster takes them all. Here each worker gets one at a time, and one more is started if it pays.
        """
        busy, here = len(self._futures), len(self._processes)
        return self._address is not None or busy < max(here, 1) or (busy < self._jobs and ready > ANOTHER)

    def submit(self, task: Mapping[str, Any], priority: float, resources: Mapping[str, float]) -> None:
        """Send a step to a worker."""
        from render.worker import work

        if self._address is None and len(self._futures) >= len(self._processes):
            self._start(f"worker {len(self._processes) + 1}" if self._processes else FIRST)
        name = task["name"]
        future = self._client.submit(
            work,
            {**task, "topic": self._topic},
            key=f"{task['kind']}-{task['key'][:12]}-{uuid.uuid4().hex[:8]}",
            pure=False,
            priority=round(priority),
            resources=dict(resources),
        )
        self._futures[name] = future
        future.add_done_callback(lambda done: self._heard.put({"step": name, "settled": done}))

    def hear(self, seconds: float) -> Iterator[dict[str, Any]]:
        """What workers say, waiting at most so long for the first word.

        {"step": name} with one of: begin (a worker's name), say and part, warn, or answer: what `work` returned,
        {"died": True} when the worker died that had the step, or {"lost": why}.
        """
        self._revive()
        try:
            message = self._heard.get(timeout=seconds)
            while True:
                if "begin" in message:
                    self._served.add(message["begin"])
                    self._stillborn = 0
                yield self._answered(message) if "settled" in message else message
                message = self._heard.get_nowait()
        except queue.Empty:
            return

    def _answered(self, message: Mapping[str, Any]) -> dict[str, Any]:
        future = message["settled"]
        self._futures.pop(message["step"], None)
        if future.status == "finished":
            return {"step": message["step"], "answer": future.result()}
        if future.status == "error":
            error = future.exception()
            if type(error).__name__ == "KilledWorker":
                return {"step": message["step"], "answer": {"died": True}}
            why = " ".join(f"{type(error).__name__}: {error}".split())
        else:
            why = "the scheduler lost it; is it still running?"
        return {"step": message["step"], "answer": {"lost": why}}

    def _start(self, name: str) -> None:
        fields = ("tls_ca_file", "tls_worker_key", "tls_worker_cert", "tls_client_key", "tls_client_cert")
        told = {
            "address": self._client.scheduler.address if self._client.scheduler else None,
            "name": name,
            "folder": self._folder,
            # One of them: captures that need a GPU come one after the other on this machine.
            "resources": {"GPU": 1} if name == FIRST else {},
            "security": {
                "require_encryption": True,
                **{field: getattr(self._security, field) for field in fields},
            },
            "config": CONFIG,
        }
        self._processes[name] = Process(told, self._store.root / "logs" / f"{name.replace(' ', '-')}.log")

    def _revive(self) -> None:
        """Start again the local workers that died."""
        for name, process in list(self._processes.items()):
            if process.dead:
                self._stillborn += name not in self._served
                self._served.discard(name)
                if self._stillborn >= STILLBORN:
                    raise BuildError(f"workers end as soon as they start; see {process.log}")
                self._start(name)

    def _stop(self) -> None:
        for process in self._processes.values():
            process.stop()
