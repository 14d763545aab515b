"""`python -m benchmarks`: measure everything, interleaved, and write docs/benchmarks.md. Takes long; keep it quiet.

With names of parts (stock, profile, picture, rebuild, scale) only those are measured and printed, nothing is written.
"""

from __future__ import annotations

import argparse
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from importlib.metadata import version
from pathlib import Path

from benchmarks.measure import ROOT
from benchmarks.picture import picture
from benchmarks.profile import profile
from benchmarks.rebuild import rebuild
from benchmarks.scale import simulate
from benchmarks.setting import Setting
from benchmarks.stock import compare

PARTS: dict[str, tuple[str, Callable[[Setting], str]]] = {
    "stock": ("First build against stock manim", compare),
    "picture": ("The same film", picture),
    "rebuild": ("What a change costs", rebuild),
    "profile": ("Where the CPU goes", profile),
    "scale": ("A course of 500 scenes, simulated", simulate),
}
NEEDS = {"picture": "stock"}
PAGE = ROOT / "docs" / "benchmarks.md"
READING = """
## How to read it

- A worker uses one core: drawing, encoding and speaking take turns.
- SSIM is taken of the brightness planes as they lie in the two files, stock's at crf 23 and ours at crf 20. It counts
  what both encoders lose. In the least frames, wide grids in motion, that is mostly stock's: one at 0.9955 between the
  two films has 0.9956 between stock's and the picture cairo drew, and 0.9973 between ours and that picture.
- Above the scene itself a change costs the start of the builder and of a worker, one loudness measurement, and the
  preview; pictures and voices of the other scenes are copied.
"""


def main() -> None:
    """Parse, measure, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="only these; printed, not written")
    parser.add_argument("--lecture", default=Setting.lecture)
    parser.add_argument("--lang", default=Setting.language)
    parser.add_argument("--quality", default=Setting.quality)
    parser.add_argument("--rounds", type=int, default=Setting.rounds)
    asked = parser.parse_args()
    wanted = [part for part in PARTS if not asked.parts or part in asked.parts]
    wanted = [part for part in PARTS if part in wanted or part in {NEEDS.get(each) for each in wanted}]
    scratch = Path(tempfile.mkdtemp(prefix="benchmarks-"))
    setting = Setting(scratch, asked.lecture, asked.lang, asked.quality, asked.rounds)
    try:
        measured = {}
        for part in wanted:
            measured[part] = PARTS[part][1](setting)
            print(section(part, measured[part]), flush=True)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if not asked.parts and replace(setting, folder=Path(), rounds=Setting.rounds) == Setting(Path()):
        PAGE.write_text(page(setting, measured), encoding="utf-8")
        print(f"written to {PAGE.relative_to(ROOT)}", file=sys.stderr)


def page(setting: Setting, measured: dict[str, str]) -> str:
    """The tables with what they were measured on, and how to read them."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("manim", "av", "moviepy", "distributed"))
    rounds = f"medians of {setting.rounds} interleaved rounds" if setting.rounds > 1 else "one round"
    head = (
        "# Benchmarks\n\n"
        f"`make bench`: `{setting.lecture}` in {setting.language} at quality `{setting.quality}`, "
        f"{rounds}, {date.today().isoformat()}. {processor()}, Python "
        f"{platform.python_version()}, {packages}. CPU is that of all processes of a command, start-up included; "
        "memory is the resident peak of all of them together.\n"
    )
    return head + "".join(section(part, text) for part, text in measured.items()) + READING


def section(part: str, text: str) -> str:
    """A part under its heading."""
    return f"\n## {PARTS[part][0]}\n\n{text}"


def processor() -> str:
    """What the machine calls its processor, and how many cores there are."""
    import os

    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        name = platform.processor() or platform.machine()
    return f"{os.cpu_count()} cores of {name}"


if __name__ == "__main__":
    main()
