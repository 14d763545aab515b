"""The recipes of docs/building.md for Slurm and Kubernetes, taken from the page.

The script of the first runs, with a shell script for `srun`; of the second, what its documents say of each other.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from distributed.cli import dask_scheduler, dask_worker

from render.cli import app
from tests.conftest import LECTURE, ROOT, Course
from tests.test_build_faults import decoded, rendering, wait_for

PAGE = (ROOT / "docs/building.md").read_text(encoding="utf-8")
SCRIPT = re.findall(r"^```sh\n(#!/bin/sh\n.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
DOCUMENTS = re.findall(r"^```yaml\n(apiVersion.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
SRUN = '#!/bin/sh\nshift 2  # --output and its file\nexec "$@" >build/workers.log 2>&1\n'


class Job:
    """The script of the page, run in a course as Slurm would run one task of it."""

    def __init__(self, course: Course) -> None:
        (script,) = SCRIPT
        binaries = course.root / ".venv/bin"
        binaries.mkdir(parents=True, exist_ok=True)
        (binaries / "srun").write_text(SRUN)
        (binaries / "srun").chmod(0o755)
        (binaries / "activate").write_text(f'PATH="$PWD/.venv/bin:{Path(sys.executable).parent}:$PATH"\n')
        (course.root / "build.sh").write_text(script)
        self.process = subprocess.Popen(
            ["sh", "build.sh", LECTURE, "--lang", "zh", "--quality", "l"],
            cwd=course.root,
            env=course.environment(SLURM_JOB_ID="7"),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def signal(self, number: int) -> None:
        """To all of it, as Slurm does."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def ends(self, status: int) -> str:
        """It ends with this status; gives what it said."""
        said, _ = self.process.communicate(timeout=180)
        assert self.process.returncode == status, said
        return said


@pytest.fixture
def jobs() -> Iterator[list[Job]]:
    started: list[Job] = []
    yield started
    for job in started:
        job.signal(signal.SIGKILL)
        job.process.wait()


def test_slurm_script_cancelled_and_submitted_again(toy: Course, once: Course, jobs: list[Job]):
    jobs.append(Job(toy))
    wait_for(lambda: rendering(toy))
    jobs[0].signal(signal.SIGTERM)
    jobs[0].ends(143)
    jobs.append(Job(toy))
    said = jobs[1].ends(0)
    assert decoded(toy.movie) == decoded(once.movie)
    assert said.count("  speech ") < 2  # what was spoken for the scene at hand was kept
    assert not list((toy.root / "build").glob("*.json"))


def test_slurm_script_says_that_no_scheduler_came(toy: Course, jobs: list[Job], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__PRELOAD", "no.such.module")
    jobs.append(Job(toy))
    assert "error: no scheduler; see " in jobs[0].ends(2)


def test_kubernetes_documents_fit_each_other_and_the_image():
    (text,) = DOCUMENTS
    documents = list(yaml.safe_load_all(text))
    (service,) = [each for each in documents if each["kind"] == "Service"]
    templates = {each["metadata"]["name"]: each["spec"] for each in documents if each["kind"] != "Service"}
    pods = {name: spec["template"] for name, spec in templates.items()}
    for name, spec in templates.items():
        if "selector" in spec:
            assert spec["selector"]["matchLabels"].items() <= pods[name]["metadata"]["labels"].items()
    assert service["spec"]["selector"].items() <= pods["lecture-scheduler"]["metadata"]["labels"].items()
    containers = {name: pod["spec"]["containers"][0] for name, pod in pods.items()}
    (root,) = re.findall(r"^WORKDIR (\S+)$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert containers["lecture-build"]["volumeMounts"][0]["mountPath"] == f"{root}/build/lectures"

    lecture: Any = typer.main.get_command(app)
    commands: dict[str, Any] = {
        "scheduler": dask_scheduler.main,
        "worker": dask_worker.main,
        "build": lecture.commands["build"],
    }
    port = service["spec"]["ports"][0]["port"]
    address = f"tcp://{service['metadata']['name']}:{port}"
    for container in containers.values():
        program, name, *arguments = container["command"]
        assert program == f"{root}/.venv/bin/{'lecture' if name == 'build' else 'dask'}"
        told = commands[name].make_context(name, arguments).params  # refuses what it does not know
        assert told["port"] == str(port) if name == "scheduler" else told["scheduler"] == address
