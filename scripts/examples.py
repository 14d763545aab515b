"""Runs the programs of a lecture and compares what they print with the committed `.out` beside them.

    python -m scripts.examples                      run all, say what differs
    python -m scripts.examples --write 09-lora/merge   run and write the outputs anew

An `.out` starts with one line that says when and with which versions it was really run.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import math
import os
import platform
import re
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from scripts.model import ScriptError
from scripts.reader import ROOT, lectures, read_text

INSTALL = re.compile(r"pip install (.+)")  # the line of a docstring that says what the program needs
LONGEST = 120  # seconds for one program
NUMBER = re.compile(r"(?<![\w.])[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w.]*[A-Za-z_])")
HEAD = "# real run"
RELATIVE, ABSOLUTE = 0.02, 1e-3  # other CPUs add in another order; what is smaller than this is rounding error


def find_examples(lecture: str, root: Path = ROOT) -> tuple[Path, ...]:
    """The programs of a lecture; ScriptError if there is no such lecture."""
    if lecture not in lectures(root):
        raise ScriptError(f"{root}: unknown lecture {lecture!r}; there are: {', '.join(lectures(root))}")
    return tuple(sorted((root / lecture / "examples").glob("*.py")))


def run_example(path: Path) -> str:
    """What the program prints, run in a folder of its own without a network. ScriptError if it fails."""
    offline = {
        "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "OMP_NUM_THREADS": "1",
    }
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    with tempfile.TemporaryDirectory() as folder:
        home = {"HF_HOME": folder, "PYTHONIOENCODING": "utf-8"}
        try:
            done = subprocess.run(
                [sys.executable, str(path.resolve())],
                cwd=folder,
                env={**os.environ, **offline, **nowhere, **home},
                capture_output=True,
                timeout=LONGEST,
            )
        except subprocess.TimeoutExpired as error:
            raise ScriptError(f"{path}:1: still running after {LONGEST} s; make it smaller") from error
    if done.returncode:
        last = (done.stderr.decode(errors="replace").strip().splitlines() or ["no message"])[-1]
        lines = re.findall(rf'{re.escape(path.name)}", line (\d+)', done.stderr.decode(errors="replace"))
        raise ScriptError(f"{path}:{lines[-1] if lines else 1}: ended with {done.returncode}: {last}; mend it")
    return done.stdout.decode()


def head(source: str) -> str:
    """The line that says when and with what an output was made: the versions of what the program installs."""
    packages = [name.partition("==")[0] for line in INSTALL.findall(source) for name in line.split()]
    versions = " · ".join(f"{name} {importlib.metadata.version(name)}" for name in packages)
    return f"{HEAD}: {datetime.now(UTC):%Y-%m-%d} · Python {platform.python_version()} · {versions} · CPU"


def difference(expected: str, printed: str) -> str:
    """Where two outputs differ, empty where they agree: words exactly, whole numbers too, floats nearly."""
    one = [line for line in expected.strip().splitlines() if not line.startswith(HEAD)]
    two = printed.strip().splitlines()
    for number, (old, new) in enumerate(zip(one, two, strict=False), 1):
        if not _alike(old, new):
            return f"line {number} was {old.strip()!r}, now {new.strip()!r}"
    if len(one) != len(two):
        return f"had {len(one)} lines, now {len(two)}"
    return ""


def _alike(old: str, new: str) -> bool:
    if NUMBER.sub("#", old).split() != NUMBER.sub("#", new).split():
        return False
    pairs = zip(NUMBER.findall(old), NUMBER.findall(new), strict=True)
    return all(one == two or (_float(one) and _float(two) and _near(one, two)) for one, two in pairs)


def _float(number: str) -> bool:
    return not number.lstrip("+-").isdigit()


def _near(one: str, two: str) -> bool:
    return math.isclose(float(one), float(two), rel_tol=RELATIVE, abs_tol=ABSOLUTE)


def main() -> int:
    parser = argparse.ArgumentParser(description="Run the examples of lectures.")
    parser.add_argument("lecture", nargs="*", help="such as 09-lora/merge; all by default")
    parser.add_argument("--write", action="store_true", help="write the outputs anew")
    options = parser.parse_args()
    try:
        paths = [path for each in options.lecture or lectures() for path in find_examples(each)]
        differing = [path for path in paths if not _check(path, options.write)]
    except ScriptError as error:
        print(error, file=sys.stderr)
        return 2
    return 1 if differing else 0


def _check(path: Path, write: bool) -> bool:
    printed, out = run_example(path), path.with_suffix(".out")
    if write:
        out.write_text(f"{head(read_text(path))}\n{printed}", encoding="utf-8")
        print(f"{out}: written")
        return True
    found = difference(read_text(out), printed)
    print(f"{path}: {found or 'as before'}")
    return not found


if __name__ == "__main__":
    sys.exit(main())
