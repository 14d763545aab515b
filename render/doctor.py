"""What is missing on this machine, and how to get it. Every check stands alone, so one failure hides no other."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from store import CourseError, Store
from store.entries import REPOSITORY

NEEDED_SPACE = 2 << 30  # bytes: the store of a lecture at 1080p in both languages, with room to spare
SIGNS = "矩阵的注入，训练与合并：①αβΔ≈Wx"


@dataclass(frozen=True)
class Finding:
    """`remedy` is what to do; `needed` only for some of the work is a note, not a fault."""

    what: str
    ok: bool
    said: str
    remedy: str = ""
    needed: bool = True


def examine() -> bool:
    """Print every finding; True when nothing that is needed is missing."""
    findings = [finding for check in CHECKS for finding in guarded(check)]
    for finding in findings:
        mark = "ok  " if finding.ok else "MISS" if finding.needed else "note"
        print(f"{mark}  {finding.what:24}  {finding.said}" + ("" if finding.ok else f"; {finding.remedy}"))
    return all(finding.ok or not finding.needed for finding in findings)


def guarded(check: Callable[[], Iterator[Finding]]) -> list[Finding]:
    """The findings of a check; what it raises is a finding too."""
    try:
        return list(check())
    except Exception as error:
        said = str(error) if isinstance(error, CourseError) else f"{type(error).__name__}: {error}"
        return [Finding(check.__name__.replace("_", " "), False, " ".join(said.split()), "run `make setup`")]


def python() -> Iterator[Finding]:
    """The interpreter."""
    ok = sys.version_info >= (3, 11)
    yield Finding(
        "python", ok, sys.version.split()[0], "use Python 3.11 or newer: apt-get install python3 python3-venv"
    )


def packages() -> Iterator[Finding]:
    """Pinned packages, as in pyproject.toml; those of an extra are needed only for its work."""
    pins = pinned()
    for extra, names in pins.items():
        wrong = []
        for name, pin in names.items():
            try:
                found = version(name).partition("+")[0]  # a CPU build of torch is torch
            except PackageNotFoundError:
                found = "missing"
            if found != pin:
                wrong.append(f"{name} {found}, not {pin}")
        label = f"packages [{extra}]" if extra else "packages"
        said = ", ".join(wrong) if wrong else f"{len(names)} as pinned"
        how = f"pip install -c constraints.txt -e '.[{extra}]'" if extra else "pip install -c constraints.txt -e ."
        yield Finding(label, not wrong, said, how, needed=not extra)


def pinned() -> dict[str, dict[str, str]]:
    """Extra ("" for the base) -> package -> version, from pyproject.toml, or from what is installed."""
    file = REPOSITORY / "pyproject.toml"
    if file.is_file():
        project = tomllib.loads(file.read_text(encoding="utf-8"))["project"]
        lists = {"": project["dependencies"], **project.get("optional-dependencies", {})}
    else:
        lists = {"": [each for each in requires("transformers-in-motion") or () if "extra" not in each]}
    return {
        extra: {match[1]: match[2] for each in entries if (match := re.match(r"([\w.-]+)==([\w.]+)", each))}
        for extra, entries in lists.items()
    }


def voice() -> Iterator[Finding]:
    """The offline voice speaks."""
    from voice import get_voice

    with tempfile.TemporaryDirectory() as folder:
        speech = get_voice("espeak").synthesize("你好", "zh", {}, Path(folder) / "hello.wav")
    yield Finding("voice", speech.duration > 0, f"espeak says 你好 in {speech.duration:.2f} s", "run `make setup`")


def fonts() -> Iterator[Finding]:
    """The face of the course has the signs it needs."""
    from scenes.stage.typeset import check_characters
    from scenes.stage.typeset import fonts as pinned_fonts

    pinned_fonts()
    check_characters(SIGNS)
    yield Finding("fonts", True, "Noto Sans SC and DejaVu Sans Mono, with Chinese and Greek signs")


def headers() -> Iterator[Finding]:
    """The headers that pycairo and ManimPango are compiled against, where they have no wheels."""
    how = "brew install cairo pango pkg-config" if sys.platform == "darwin" else "make system"
    if shutil.which("pkg-config") is None:
        yield Finding("cairo and pango headers", False, "no pkg-config", how, needed=not drawn())
        return
    for library in ("cairo", "pangocairo"):
        asked = subprocess.run(["pkg-config", "--modversion", library], capture_output=True, text=True)
        yield Finding(
            f"{library} headers",
            asked.returncode == 0,
            asked.stdout.strip() if asked.returncode == 0 else "missing",
            f"{how} (they are needed to install manim, not to run it)",
            needed=not drawn(),
        )


def drawn() -> bool:
    """Whether manim's compiled parts are here already."""
    try:
        return bool(version("pycairo") and version("manimpango"))
    except PackageNotFoundError:
        return False


def space() -> Iterator[Finding]:
    """Room where results go."""
    root = Store().root
    there = next(path for path in (root, *root.parents) if path.is_dir())
    free = shutil.disk_usage(there).free
    how = "free some space, or point LECTURE_STORE to another disk"
    yield Finding("disk space", free >= NEEDED_SPACE, f"{free / (1 << 30):.1f} GiB free at {there}", how)


def traces() -> Iterator[Finding]:
    """What lectures are drawn from."""
    from data_capture.trace import load_trace
    from scripts.course import load_course

    for lecture in load_course().lectures:
        for name in lecture.traces:
            try:
                found = load_trace(name)
                yield Finding(f"trace {name}", True, f"{len(found)} tensors, {len(found.values)} values")
            except CourseError as error:
                yield Finding(f"trace {name}", False, str(error), f"lecture capture {name}")


def sources() -> Iterator[Finding]:
    """The repository: a build reads its own sources."""
    here = (REPOSITORY / "scripts" / "course.yaml").is_file() and Path(REPOSITORY / "scenes").is_dir()
    yield Finding("repository", here, str(REPOSITORY), "install from a clone: pip install -e .")


CHECKS = (python, packages, sources, voice, fonts, headers, space, traces)
