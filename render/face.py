"""A theme in the steps that draw with it: its fonts in the store, and a process that wears no other theme.

Planning lays fonts in the store, because only the planner has the theme's file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any

from render.apart import Say, call_apart
from render.errors import BuildError
from scenes.look import ROLES, Look, wear


def make(folder: Path, deps: dict[str, Path], say: Say, *, family: str, sha256: str) -> None:
    """Called only when the font is gone from the store since it was planned."""
    raise BuildError(f"the font {family} is no longer in the store; build again")


def faces(deps: Mapping[str, Path]) -> dict[str, Path]:
    """Font files by the role they play, out of a step's dependencies."""
    found = {role: deps[f"face {role}"] for role in ROLES if f"face {role}" in deps}
    return {role: next(folder.glob("font.*")) for role, folder in found.items()}


def look_of(told: Mapping[str, Any] | None, deps: Mapping[str, Path]) -> Look:
    """The look a step is told (`Look.told`), by default the course's own."""
    return Look.of(told, faces(deps)) if told else Look()


def dressed(make: Callable[..., None]) -> Callable[..., None]:
    """A step that draws in the look it is told; where this process wears another theme, a new one runs it."""

    @wraps(make)
    def run(folder: Path, deps: dict[str, Path], say: Say, **arguments: Any) -> None:
        if wear(look_of(arguments.get("look"), deps).theme):
            make(folder, deps, say, **arguments)
        else:
            call_apart(f"{make.__module__}:{make.__name__}", arguments, folder, deps, say)

    return run
