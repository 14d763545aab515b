"""A theme's font in the store. Planning lays it there, because only the planner has the theme's file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from render.apart import Say
from render.errors import BuildError
from scenes.look import ROLES


def make(folder: Path, deps: dict[str, Path], say: Say, *, family: str, sha256: str) -> None:
    """Called only when the font is gone from the store since it was planned."""
    raise BuildError(f"the font {family} is no longer in the store; build again")


def faces(deps: Mapping[str, Path]) -> dict[str, Path]:
    """Font files by the role they play, out of a step's dependencies."""
    found = {role: deps[f"face {role}"] for role in ROLES if f"face {role}" in deps}
    return {role: next(folder.glob("font.*")) for role, folder in found.items()}
