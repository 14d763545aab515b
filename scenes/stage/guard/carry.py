"""After a transform a mobject shows what its target says: text, size and whether it is dimmed travel along."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from manim import Animation, Transform

from scenes.stage.guard.motion import unfolded

SAID = ("text", "size", "natural", "literals", "dimmed")


def carry(animations: Iterable[Animation]) -> None:
    """Let what was transformed say what its target says."""
    for animation in unfolded(animations):
        if isinstance(animation, Transform) and animation.target_copy is not None:
            target: Any = animation.target_copy
            for mobject, image in zip(animation.mobject.get_family(), target.get_family(), strict=False):
                for name in SAID:
                    if hasattr(mobject, "text") and hasattr(image, name):
                        setattr(mobject, name, getattr(image, name))
