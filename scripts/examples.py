"""Runs the programs of a lecture and compares what they print with the committed `.out` beside them.

    for result in run_examples(["09-lora/merge"]):
        print(result)

A program runs in a folder and a process of its own, without a network; the local stand-in serves names on the Hub. The
first line of an `.out`, its stamp, says how it was made:

    # real run: date · versions · CPU              what it prints does not depend on weights that are not here
    # stand-in weights: date · versions · CPU      only shapes, types and structure are what a reader will see
    # not run here: needs cuda                     `# needs: cuda` or `# needs: <environment>` stands in the program
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
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from scripts.environments import python_of, versions_of
from scripts.model import ScriptError
from scripts.reader import ROOT, lectures, read_text
from scripts.standin import behind, lay_out, stand_in

INSTALL = re.compile(r"pip install (.+)")  # the line of a docstring that says what the program needs
NEEDS = re.compile(r"^# needs: (\S+)$", re.MULTILINE)
NAME = re.compile(r"""["']([\w.-]+/[\w.-]+)["']""")
LONGEST = 120  # seconds for one program
NUMBER = re.compile(r"(?<![\w.])[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w.]*[A-Za-z_])")
VERSION = re.compile(r"([\w-]+) (\d[\w.]*)")
DATE = re.compile(r"\d{4}-\d\d-\d\d")
PASSING = re.compile(r"\b0x[0-9a-f]{6,}|\b\d+(?:\.\d+)? ?(?:ns|µs|ms|s|it/s|tokens/s)(?![\w/])")  # addresses, timings
RAISED = re.compile(r"[\w.]+(?:Error|Exception|Interrupt|Exit)\b")  # the line of a traceback that says what happened
REAL, STAND_IN, NOT_RUN = "real run", "stand-in weights", "not run here"
STAMPS = (REAL, STAND_IN, NOT_RUN)
RELATIVE, ABSOLUTE = 0.02, 1e-3  # other CPUs add in another order; what is smaller than this is rounding error
OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "OMP_NUM_THREADS": "1",
    **dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9"),
}


@dataclass(frozen=True)
class Result:
    """`difference` is empty where the program printed what the `.out` says."""

    path: Path
    stamp: str
    difference: str
    written: bool = False

    def __str__(self) -> str:
        return f"{self.path}: {'written' if self.written else self.difference or 'as before'}  [{self.stamp}]"


def find_examples(lecture: str, root: Path = ROOT) -> tuple[Path, ...]:
    """The programs of a lecture; ScriptError if there is no such lecture."""
    if lecture not in lectures(root):
        raise ScriptError(f"{root}: unknown lecture {lecture!r}; there are: {', '.join(lectures(root))}")
    return tuple(sorted((root / lecture / "examples").glob("*.py")))


def needs(source: str) -> str:
    """What a program needs that is not here: `cuda`, or the name of an environment; empty for most."""
    found = NEEDS.search(source)
    return found[1] if found else ""


def run_examples(
    ids: Iterable[str], write: bool = False, real: bool = False, env: str = "", root: Path = ROOT
) -> Iterator[Result]:
    """Run the programs of these lectures one after another. ScriptError if one fails.

    `write` keeps what they print. `real` runs them with the Hub and this machine's network and devices. `env` runs
    only those that need this environment, in it.
    """
    for path in [path for each in ids for path in find_examples(each, root)]:
        source = read_text(path)
        need = needs(source)
        if env and need != env:
            continue
        away = need and not env and not (need == "cuda" and real)
        printed = "" if away else run_example(path, real=real, python=python_of(env))
        kind = NOT_RUN if away else REAL if real or env else weights(source)
        out = path.with_suffix(".out")
        if write:
            out.write_text(f"{stamp(kind, source, env)}\n{printed}", encoding="utf-8")
            yield Result(path, kind, "", True)
        else:
            expected = read_text(out)
            other = "" if real or stamped(expected) == kind else f"stamped {stamped(expected)!r}, now {kind!r}"
            yield Result(path, kind, other or difference(expected, printed))


def run_example(path: Path, real: bool = False, python: str = sys.executable) -> str:
    """What the program prints, run in a folder of its own. ScriptError if it fails."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "hub")
        home.mkdir()
        if not real and NAME.search(read_text(path)):
            lay_out(stand_in(), home)
        own = {} if real else {**OFFLINE, "HF_HOME": str(home)}
        try:
            done = subprocess.run(
                [python, str(path.resolve())],
                cwd=folder,
                env={**os.environ, **own, "PYTHONIOENCODING": "utf-8"},
                capture_output=True,
                timeout=None if real else LONGEST,
            )
        except subprocess.TimeoutExpired as error:
            raise ScriptError(f"{path}:1: still running after {LONGEST} s; make it smaller") from error
    told = done.stderr.decode(errors="replace")
    if done.returncode:
        said = told.strip().splitlines() or ["no message"]
        last = next((line for line in reversed(said) if RAISED.match(line)), said[-1])
        lines = re.findall(rf'{re.escape(path.name)}", line (\d+)', told)
        raise ScriptError(f"{path}:{lines[-1] if lines else 1}: ended with {done.returncode}: {last}; mend it")
    return done.stdout.decode().replace(str(home), "<HF_HOME>").replace(folder, "<folder>")


def weights(source: str) -> str:
    """The stamp of a program that ran here: real, unless it loads something that is only a stand-in."""
    named = NAME.findall(source)
    if not named:
        return REAL
    kinds = behind(stand_in())
    return STAND_IN if any(kinds.get(name, "real weights") != "real weights" for name in named) else REAL


def stamp(kind: str, source: str, env: str = "") -> str:
    """The line that says how an output was made: when, and with which versions of what the program installs."""
    if kind == NOT_RUN:
        return f"# {NOT_RUN}: needs {needs(source)}"
    packages = [name.partition("==")[0] for line in INSTALL.findall(source) for name in line.split()]
    versions = versions_of(env, packages) if env else {name: importlib.metadata.version(name) for name in packages}
    told = " · ".join(f"{name} {version}" for name, version in versions.items())
    return f"# {kind}: {datetime.now(UTC):%Y-%m-%d} · Python {platform.python_version()} · {told} · CPU"


def stamped(expected: str) -> str:
    """How an output says it was made; empty where it does not say."""
    first = expected.split("\n", 1)[0]
    return next((kind for kind in STAMPS if first.startswith(f"# {kind}:")), "")


def verified(lecture: str, root: Path = ROOT) -> tuple[str, dict[str, str]]:
    """When the outputs of a lecture were last made (the oldest of them) and with which versions; empty if never."""
    heads = [read_text(path.with_suffix(".out")).split("\n", 1)[0] for path in find_examples(lecture, root)]
    made = [head for head in heads if stamped(head) in (REAL, STAND_IN)]
    versions = dict(sorted(pair for head in made for pair in VERSION.findall(head.partition(" · ")[2])))
    return min((DATE.search(head) or ("",))[0] for head in made) if made else "", versions


def difference(expected: str, printed: str) -> str:
    """Where two outputs differ, empty where they agree: words exactly, whole numbers too, floats nearly.

    Stamps are not compared, nor addresses and timings.
    """
    one = expected.strip().splitlines()[1 if stamped(expected) else 0 :]
    two = printed.strip().splitlines()
    for number, (old, new) in enumerate(zip(one, two, strict=False), 1):
        if not _alike(PASSING.sub("<passing>", old), PASSING.sub("<passing>", new)):
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
    parser = argparse.ArgumentParser(description="Run the examples of lectures; `lecture examples` can do more.")
    parser.add_argument("lecture", nargs="*", help="such as 09-lora/merge; all by default")
    parser.add_argument("--write", action="store_true", help="write the outputs anew")
    options = parser.parse_args()
    differing = 0
    try:
        for result in run_examples(options.lecture or lectures(), options.write):
            print(result, flush=True)
            differing += bool(result.difference)
    except ScriptError as error:
        print(error, file=sys.stderr)
        return 2
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
