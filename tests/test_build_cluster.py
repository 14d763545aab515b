"""The same graph on a cluster: a real scheduler and real workers, found by address; and watched drafts."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.conftest import LECTURE, Course
from tests.test_build import steps
from tests.test_build_faults import decoded, rendering, wait_for, workers


class Cluster:
    """`dask scheduler` and `dask worker` processes that see a course's checkout."""

    def __init__(self, course: Course, logs: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = f"tcp://127.0.0.1:{probe.getsockname()[1]}"
        self._course, self._logs = course, logs
        port = self.address.rpartition(":")[2]
        self.scheduler = self._run("scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard")
        self.workers: list[subprocess.Popen[bytes]] = []

    def worker(self, *options: str, course: Course | None = None) -> subprocess.Popen[bytes]:
        """One more worker, in a checkout of its own if `course` is given."""
        local = self._logs / f"local-{len(self.workers)}"
        settings = ["--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1", "--local-directory", str(local)]
        self.workers.append(self._run("worker", self.address, *settings, *options, course=course))
        return self.workers[-1]

    def _run(self, *arguments: str, course: Course | None = None) -> subprocess.Popen[bytes]:
        where = course or self._course
        with (self._logs / f"{arguments[0]}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "dask", *arguments],
                cwd=where.root,
                env=where.environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def end(self) -> None:
        for process in [*self.workers, self.scheduler]:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture
def cluster(toy: Course, tmp_path: Path) -> Iterator[Cluster]:
    (tmp_path / "cluster").mkdir()
    found = Cluster(toy, tmp_path / "cluster")
    yield found
    found.end()


def start(course: Course, *arguments: str, **extra: str) -> subprocess.Popen[str]:
    """A build on a cluster, running."""
    return subprocess.Popen(
        course.command("build", LECTURE, "--lang", "zh", "--quality", "l", *arguments),
        cwd=course.root,
        env=course.environment(**extra),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_cluster_gives_the_same_movie_and_survives_a_worker(toy: Course, once: Course, cluster: Cluster):
    cluster.worker()
    cluster.worker()
    process = start(toy, "--scheduler", cluster.address)
    wait_for(lambda: rendering(toy))
    os.killpg(cluster.workers[0].pid, signal.SIGKILL)
    _, said = process.communicate(timeout=180)
    assert process.returncode == 0, said
    assert decoded(toy.movie) == decoded(once.movie)
    assert not workers(toy)  # none of ours was started
    assert "nothing to do" in toy.build("--scheduler", cluster.address).stdout


def test_machines_share_results_through_an_address(toy: Course, once: Course, cluster: Cluster, tmp_path: Path):
    """The builder and the worker have a checkout and a cache each; only the address is common."""
    other = Course(tmp_path / "other")
    shutil.copytree(toy.root, other.root)
    cluster.worker(course=other)
    address = f"file://{tmp_path / 'shared'}"
    done = toy.build("--scheduler", cluster.address, LECTURE_STORE=address)
    assert done.returncode == 0, done.stderr
    assert decoded(toy.movie) == decoded(once.movie)
    assert list((other.root / "build/store/entries").glob("*/*/video.mp4"))


def test_scheduler_that_dies_is_told_and_a_plain_build_goes_on(toy: Course, once: Course, cluster: Cluster):
    cluster.worker()
    process = start(toy, "--scheduler", cluster.address)
    wait_for(lambda: rendering(toy))
    cluster.end()
    _, said = process.communicate(timeout=120)
    assert process.returncode == 2 and "Traceback" not in said, said
    assert "the scheduler lost it" in said
    assert toy.build().returncode == 0
    assert decoded(toy.movie) == decoded(once.movie)


def test_interrupt_leaves_the_cluster_usable(toy: Course, cluster: Cluster):
    cluster.worker()
    process = start(toy, "--scheduler", cluster.address)
    wait_for(lambda: rendering(toy))
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130 and "Traceback" not in said
    assert toy.build("--scheduler", cluster.address).returncode == 0


def test_no_scheduler_at_the_address(toy: Course):
    done = toy.build("--scheduler", "tcp://127.0.0.1:9")
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert "error: no Dask scheduler answers at tcp://127.0.0.1:9" in done.stderr


def test_worker_with_other_sources_is_refused(toy: Course, cluster: Cluster, tmp_path: Path):
    other = Course(tmp_path / "other")
    shutil.copytree(toy.root, other.root)
    other.edit("scenes/toy.py", "INK.lora_a", "INK.lora_b")
    cluster.worker(course=other)
    done = toy.build("--scheduler", cluster.address)
    assert done.returncode == 2
    assert "scenes/toy.py, or what it imports, is not what the build was planned from" in done.stderr


def test_gpu_captures_go_where_a_gpu_is(toy: Course, cluster: Cluster):
    """The toy capture computes on the CPU whatever the device: what counts is who runs it."""
    cluster.worker("--name", "plain")
    process = start(toy, "--capture", "--device", "cuda", "--scheduler", cluster.address)
    time.sleep(4)
    assert process.poll() is None  # it waits for a worker that offers a GPU
    cluster.worker("--name", "with-gpu", "--resources", "GPU=1")
    _, said = process.communicate(timeout=180)
    assert process.returncode == 0, said
    assert re.search(r"^1/1  capture toy/count", said, re.MULTILINE)


# Drafts


@pytest.fixture
def watching(toy: Course, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """`lecture preview`, running; gives what it has said so far."""
    log = tmp_path / "preview.log"
    with log.open("wb") as file:
        command = toy.command("preview", LECTURE, "--lang", "zh")
        process = subprocess.Popen(command, cwd=toy.root, env=toy.environment(), stdout=file, stderr=file)
    yield lambda: log.read_text(encoding="utf-8")
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    assert not workers(toy)


def test_preview_refreshes_what_changed_and_survives_mistakes(toy: Course, watching: Callable[[], str]):
    draft = toy.root / "build/drafts" / f"{LECTURE}.zh.mp4"
    wait_for(lambda: watching().count("watching;") == 1, 120)
    first = draft.read_bytes()

    toy.edit("scripts/01-toy/first/zh.md", "这一课就结束了", "这一课到此为止")
    wait_for(lambda: watching().count("watching;") == 2, 120)
    again = watching().rpartition("changed  ")[2]
    assert "scripts/01-toy/first/zh.md" in again
    done = subprocess.CompletedProcess([], 0, "", again)
    assert steps(done) == {"speech Second zh", "scene Second zh", f"lecture {LECTURE} zh"}
    assert draft.read_bytes() != first

    toy.edit("scenes/toy.py", "Create(Square(color=INK.lora_a))", "1 / 0")
    wait_for(lambda: watching().count("watching;") == 3, 120)
    assert "error: scene Second zh: beat 'last': ZeroDivisionError" in watching()
    toy.edit("scenes/toy.py", "1 / 0", "Create(Square(color=INK.lora_b))")
    wait_for(lambda: watching().count("watching;") == 4, 120)
    assert watching().count("error:") == 1
    assert not toy.movie.exists()  # the finished movie is another file
