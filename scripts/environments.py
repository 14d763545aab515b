"""Environments of their own for programs that cannot live with the pinned packages, as `environments.yaml` lists them.

python = python_of("vllm")            # installs it below build/environments where that was not done before
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import yaml

from scripts.model import ScriptError
from scripts.reader import ROOT, read_text

FILE = "environments.yaml"
BUILT = ROOT.parent / "build" / "environments"
STAMP = "installed.json"


def environments(path: Path = ROOT / FILE) -> dict[str, list[str]]:
    """Name -> what pip installs. ScriptError if the file is faulty."""
    try:
        return {
            str(name): [str(each) for each in packages] for name, packages in yaml.safe_load(read_text(path)).items()
        }
    except (yaml.YAMLError, AttributeError, TypeError) as error:
        raise ScriptError(f"{path}:1: not a list of environments: {' '.join(str(error).split())}; mend it") from error


def python_of(env: str, built: Path = BUILT) -> str:
    """The interpreter of an environment, made if need be; this one for an empty name. ScriptError if pip cannot."""
    if not env:
        return sys.executable
    known = environments()
    if env not in known:
        raise ScriptError(f"{ROOT / FILE}:1: unknown environment {env!r}; there are: {', '.join(known)}")
    folder = built / env
    python = folder / "bin/python"
    wanted = json.dumps(known[env])
    if (folder / STAMP).is_file() and (folder / STAMP).read_text(encoding="utf-8") == wanted:
        return str(python)
    for command in (
        [sys.executable, "-m", "venv", str(folder)],
        [str(python), "-m", "pip", "install", "-q", *known[env]],
    ):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise ScriptError(f"{ROOT / FILE}:1: environment {env!r} cannot be installed here: {last}")
    (folder / STAMP).write_text(wanted, encoding="utf-8")
    return str(python)


def versions_of(env: str, packages: Iterable[str]) -> dict[str, str]:
    """Versions of packages as the environment has them."""
    code = "import importlib.metadata as m, json, sys; print(json.dumps({n: m.version(n) for n in sys.argv[1:]}))"
    done = subprocess.run([python_of(env), "-c", code, *packages], capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))
