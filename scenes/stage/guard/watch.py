"""The guard of one scene: it looks after every play and at samples during it, and keeps what it finds.

Settled pictures are judged in full. In between, only what neither comes nor goes is judged, and only for overlap and
frame: two things may pass each other while one appears and the other fades.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from scenes.stage.guard.contrast import pale
from scenes.stage.guard.finding import KINDS, Fault, Finding, marked, photograph
from scenes.stage.guard.ink import Mark, Sight
from scenes.stage.guard.layout import names, outside, overlaps, small
from scenes.stage.guard.motion import LONGEST, Leftovers, Stillness
from scenes.stage.guard.numbers import Numbers, unknown
from scenes.stage.guard.spoken import printed

STILL = 960  # pixels across a marked picture


class Guard:
    """Watches a scene. `findings` grows while it plays; marked pictures go to the folder `stills`."""

    def __init__(self, scene: Any, stills: Path) -> None:
        self.scene, self.stills = scene, stills
        self.findings: list[Finding] = []
        self.numbers = Numbers()
        self.stillness, self.leftovers = Stillness(), Leftovers()
        self._allowed: dict[str, set[int]] = {kind: set() for kind in KINDS}
        self._told: set[str] = set()
        self._named: list[Any] = []  # what was declared or told lives on, so that no other object gets its id
        self._beats: list[tuple[float, str]] = []  # when each began
        self._allowed_beats: set[tuple[str, str]] = set()
        self._judged: int | None = None  # how the picture looked that was judged last
        self._before: dict[int, tuple[Mark, float]] = {}  # what was to be seen before the play, and its opacity
        self._pending: list[float] = []  # moments of the play that are still to be sampled

    # ---- what the scene declares

    def allow(self, kind: str, mobjects: Iterable[Any]) -> None:
        """Findings of this kind about these objects are meant; without objects, those of the beat that plays."""
        parts = [part for mobject in mobjects for part in mobject.get_family()]
        self._named += parts
        self._allowed[kind] |= {id(part) for part in parts}
        if not parts:
            self._allowed_beats.add((kind, self._beats[-1][1]))

    # ---- when it looks

    def opened(self, name: str, voice: float) -> None:
        """A beat begins; its voice takes so many seconds."""
        self._beats.append((self.scene.seconds, name))
        self.stillness.voices.append((self.scene.seconds, self.scene.seconds + voice))
        self.leftovers.begin(Sight(self.scene.mobjects), self.scene.heading)

    def before(self, seconds: float, still: bool) -> None:
        """A play of so many seconds begins."""
        number = 0 if still else samples(seconds)
        self._pending = [seconds * (k + 1) / (number + 1) for k in range(number)]
        sight = self._look(0.0)
        self._before = {id(mark.mobject): (mark, mark.alpha) for mark in sight.marks}
        if not still:
            self._stood()

    def during(self, seconds: float) -> None:
        """The play has come so far."""
        soon = seconds + 0.5 / self.scene.rate
        if not self._pending or soon < self._pending[0]:
            return
        self._pending = [moment for moment in self._pending if moment > soon]
        sight = self._look(seconds)
        self._tell(layout(sight.only([mark for mark in sight.marks if self._stays(mark)])), seconds)

    def after(self) -> None:
        """The play is over and the picture settled."""
        self.leftovers.touch(self.scene.animations or ())
        sight = self._look(0.0)
        if sight.fingerprint != self._judged:
            self._judged = sight.fingerprint
            for judge in (layout, small, pale):
                self._tell(judge(sight), 0.0)
        if self.scene.now:  # words and numbers are held against the script and the trace of a lecture
            self._tell(printed(sight, self.scene.now.slot.beat), 0.0)
            self._tell(unknown(sight, self.numbers), 0.0)

    def closed(self) -> None:
        """The beat is over."""
        self._tell(self.leftovers.end(Sight(self.scene.mobjects)), 0.0)

    def finished(self) -> None:
        """The scene is over: the last picture stood until here."""
        self._stood()

    # ---- how it looks

    def _stays(self, mark: Mark) -> bool:
        was = self._before.get(id(mark.mobject))
        return was is not None and mark.alpha >= 0.95 * was[1]

    def _look(self, into: float) -> Sight:
        sight = Sight(self.scene.mobjects)
        self.stillness.see(sight.fingerprint, self.scene.seconds + into)
        return sight

    def _stood(self) -> None:
        since = self.stillness.since
        seconds = self.stillness.spoken(since, self.scene.seconds)
        if seconds > LONGEST:
            what = f"the picture stood still for {seconds:.1f} s of voice; {LONGEST:.0f} is the most"
            self._tell([Fault("still", what, [], key=f"still {since}")], since - self.scene.seconds)

    def _tell(self, faults: Iterable[Fault], into: float) -> None:
        time = self.scene.seconds + into
        passed = [name for start, name in self._beats if start <= time]
        during = [*passed[-1:], *(name for start, name in self._beats if start > time)] or [""]
        for fault in faults:
            objects = [id(mobject) for mobject in fault.objects]
            key = fault.key or f"{fault.kind} {objects}"
            meant = self._allowed[fault.kind].intersection(objects)
            if meant or key in self._told or any((fault.kind, beat) in self._allowed_beats for beat in during):
                continue
            self._told.add(key)
            self._named += fault.objects
            scene, language = type(self.scene).__name__, self.scene.language
            finding = Finding(scene, language, during[0], time, fault.kind, names(fault), fault.what)
            self.findings.append(replace(finding, still=self._keep(finding, fault)))

    def _keep(self, finding: Finding, fault: Fault) -> Path:
        """The picture with the objects marked."""
        number = len(self.findings) + 1
        place = filter(None, (finding.scene, finding.language))
        told = filter(None, (f"{number:02}", finding.beat, finding.kind))
        path = self.stills / f"{'.'.join(place)}.{'-'.join(told)}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        caption = f"{finding.beat} {finding.time:.1f} s  {fault.kind}: {fault.what}"
        marked(photograph(self.scene.mobjects, STILL), fault.boxes, caption).save(path)
        return path


def samples(seconds: float) -> int:
    """How often a play is looked at before it ends: twice, and no more than a second and a half apart."""
    return max(2, math.ceil(seconds / 1.5))


def layout(sight: Sight) -> Iterator[Fault]:
    """What is wrong with where things stand."""
    yield from overlaps(sight)
    yield from outside(sight)
