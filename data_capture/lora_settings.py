"""What lora/merge is made of: the texts it learns from, the plans of its trainings, and its size."""

from __future__ import annotations

from dataclasses import dataclass

from data_capture import tiny

# The new domain: modules written in plain Python, in every Python 3.11 and later. Changing a list changes the trace.
MODULES = (
    "argparse", "base64", "bdb", "calendar", "cmd", "codecs", "configparser", "contextlib", "csv", "difflib", "enum",
    "fileinput", "fractions", "ftplib", "functools", "gettext", "heapq", "imaplib", "locale", "optparse", "pdb",
    "pickle", "pprint", "random", "shlex", "smtplib", "socket", "statistics", "string", "subprocess", "tarfile",
    "tempfile", "threading", "traceback", "typing", "warnings", "weakref",
)  # fmt: skip
HELD_OUT = ("bisect", "code", "copy", "filecmp", "poplib", "queue", "selectors", "textwrap", "zipapp")

# Steps, not seconds: the same on every machine. LoRA takes about ten times the rate of a full fine-tune.
BASE = tiny.Plan(steps=400, batch=8, length=128, rate=4e-3, warmup=30, decay=0.1)
LORA = tiny.Plan(steps=160, batch=8, length=128, rate=1e-2)
FULL = tiny.Plan(steps=160, batch=8, length=128, rate=1e-3)


@dataclass(frozen=True)
class Settings:
    """The size of the capture; tests make it small. `sample` bounds the rows and columns of recorded matrices."""

    seed: int = 0
    rank: int = 8
    alpha: int = 16
    layers: int = 4
    hidden: int = 128
    heads: int = 4
    vocabulary: int = 1024
    modules: tuple[str, ...] = MODULES
    held_out: tuple[str, ...] = HELD_OUT
    base: tiny.Plan = BASE
    lora: tiny.Plan = LORA
    full: tiny.Plan = FULL
    snapshots: int = 13
    sample: int = 128
    tokens: int = 1024
    prompt: str = "    def get(self, key):\n        return"
    written: int = 24
    timings: int = 40
