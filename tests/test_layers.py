"""The house stands as docs/design.md says: imports point down, heavy libraries stay in their rooms, all is in form."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.conftest import ROOT

BELOW = {
    "store": (),
    "data_capture": ("store",),
    "scripts": ("store",),
    "voice": ("store", "scripts"),
    "scenes": ("store", "scripts", "voice", "data_capture.document", "data_capture.trace"),
    "render": ("store", "scripts", "voice", "data_capture", "scenes"),
}
KEPT = {  # library -> where it may be imported
    "torch": ("data_capture/",),
    "transformers": ("data_capture/",),
    "peft": ("data_capture/",),
    "accelerate": ("data_capture/",),
    "bitsandbytes": ("data_capture/",),
    "datasets": ("data_capture/",),
    "trl": ("data_capture/",),
    "manim": ("scenes/", "render/scene.py", "render/renderer.py", "render/camera.py", "render/clips/vector.py"),
    "moviepy": ("render/card.py",),
}


def sources() -> list[Path]:
    """All Python files of the rooms; examples are programs of their own."""
    return [path for room in BELOW for path in sorted((ROOT / room).rglob("*.py")) if "examples" not in path.parts]


def imports(path: Path) -> Iterator[str]:
    """Dotted names a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: write the whole name"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def covers(allowed: str, name: str) -> bool:
    """Whether an allowed module covers an imported name."""
    return name == allowed or name.startswith(f"{allowed}.")


def test_imports_point_down():
    wrong = []
    for path in sources():
        room = path.relative_to(ROOT).parts[0]
        for name in imports(path):
            target = name.split(".")[0]
            if target in BELOW and target != room and not any(covers(each, name) for each in BELOW[room]):
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert not wrong


def test_heavy_libraries_stay_in_their_rooms():
    wrong = []
    for path in sources():
        place = path.relative_to(ROOT).as_posix()
        for name in imports(path):
            rooms = KEPT.get(name.split(".")[0])
            if rooms and not place.startswith(rooms):
                wrong.append(f"{place} imports {name}")
    assert not wrong


def test_scene_modules_hide_nothing():
    """manim puts a scene file's folder first on the path: a file named like a module would stand in its place."""
    taken = set(sys.stdlib_module_names) | set(packages_distributions()) | set(BELOW)
    assert not {path.stem for path in (ROOT / "scenes").glob("[!_]*.py")} & taken


def test_no_room_reaches_into_the_tests():
    assert not [path for path in sources() if any(name.split(".")[0] == "tests" for name in imports(path))]


def test_paths_and_hosts_of_nobody_in_particular():
    """Nothing in the repository names a machine's folders or a package host."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git clone")
    wrong = []
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.suffix not in (".py", ".md", ".toml", ".txt", ".yaml", ".yml", ".cff", "") or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        for word in ("--index" + "-url", "--extra" + "-index", "pypi" + ".org", "/home" + "/", "/work" + "/"):
            if word in text:
                wrong.append(f"{name}: {word}")
    assert not wrong


@pytest.mark.parametrize(
    "command",
    [("ruff", "check"), ("ruff", "format", "--check", "--exclude", "*.md"), ("mypy", *BELOW)],
    ids=["lint", "format", "types"],
)
def test_in_form(command: tuple[str, ...]):
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
