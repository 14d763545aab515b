"""Pictures that stand still while the voice goes on, and things an earlier beat left behind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from manim import Animation, AnimationGroup

from scenes.stage.guard.finding import Fault
from scenes.stage.guard.ink import Sight, enclosing

LONGEST = 6.0  # seconds of voice over one picture


class Stillness:
    """How long the picture has stood, in seconds of voice. All times are seconds since the scene began."""

    def __init__(self) -> None:
        self.looks: int | None = None
        self.since = 0.0
        self.voices: list[tuple[float, float]] = []

    def see(self, looks: int, now: float) -> None:
        """The picture looks so now."""
        if looks != self.looks:
            self.looks, self.since = looks, now

    def spoken(self, start: float, end: float) -> float:
        """Seconds of voice between two moments."""
        return sum(max(0.0, min(end, last) - max(start, first)) for first, last in self.voices)


class Leftovers:
    """What a beat found on screen, what was done to it, and what was declared kept.

    When at least half of what earlier beats left on screen goes, the picture has moved on: what is then still there
    must have been animated in this beat, or kept (`self.keep(...)`, `self.leave(kept)`).
    """

    def __init__(self) -> None:
        self.found: list[Any] = []
        self.touched: set[int] = set()
        self.kept: dict[int, Any] = {}

    def begin(self, sight: Sight, heading: Any) -> None:
        """A beat begins with this on screen; the heading belongs to every beat."""
        self.found = [mobject for mobject in roots(sight) if mobject is not heading]
        self.touched = set()

    def touch(self, animations: Iterable[Animation]) -> None:
        """These move: their mobjects, with all their parts."""
        for animation in unfolded(animations):
            if animation.mobject is not None:
                self.touched |= {id(part) for part in animation.mobject.get_family()}

    def keep(self, mobjects: Iterable[Any]) -> None:
        """These stay on screen on purpose until something takes them off."""
        for mobject in mobjects:
            self.kept |= {id(part): part for part in mobject.get_family()}

    def end(self, sight: Sight) -> Iterator[Fault]:
        """The beat is over with this on screen: what should not be there any more."""
        seen = {id(mark.mobject): mark for mark in sight.marks}
        stay = []
        for mobject in self.found:
            parts = [id(part) for part in mobject.get_family()]
            if any(part in seen for part in parts):
                stay.append((mobject, parts))
        if len(stay) * 2 > len(self.found):
            return
        for mobject, parts in stay:
            if self.touched.isdisjoint(parts) and self.kept.keys().isdisjoint(parts):
                what = "left of an earlier beat; take it off, move it, or keep it (self.keep)"
                yield Fault("left", what, [mobject], [enclosing(seen[part].box for part in parts if part in seen)])


def roots(sight: Sight) -> list[Any]:
    """The mobjects of the scene of which something is to be seen."""
    return list({id(mark.root): mark.root for mark in sight.marks}.values())


def unfolded(animations: Iterable[Animation]) -> Iterator[Animation]:
    """Animations with those of groups in their place."""
    for animation in animations:
        if isinstance(animation, AnimationGroup):
            yield from unfolded(animation.animations)
        else:
            yield animation
