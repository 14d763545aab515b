"""`StageScene`: a scene on the stage for pictures of your own numbers, without script, trace or voice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from manim import BLACK, LEFT, UP, Animation, FadeOut, Mobject, Scene, VGroup, Wait, config, logger

from scenes.look import Look, chosen, wear, worn
from scenes.stage.beat import Beat, StageError
from scenes.stage.guard import KINDS, Guard
from scenes.stage.guard.carry import carry
from scenes.stage.theme import FRAME_HEIGHT, FRAME_WIDTH, INK, MARGIN, MOTION, SIZE
from scenes.stage.words import Words


class StageScene(Scene):
    """Ground, heading, whole frames and the layout guard; everything else is manim's.

        class Heat(StageScene):
            title = "Heat spreads"

            def construct(self) -> None:
                self.play(FadeIn(TensorGrid(values, INK.activation)))

    `LECTURE_THEME` (dark) and `LECTURE_TEXT` (all) choose the look; manim's own `-t` leaves out the ground. After a
    render `guard.findings` holds what is wrong with the pictures: overlap, margins, size of type, contrast.
    """

    title = ""  # top left, quiet; nothing where it is empty
    language = ""
    stills: Path | None = None  # where marked pictures of findings go; default: findings/ in manim's media folder
    look: Look | None = None  # how it is drawn; default: what the environment says

    def setup(self) -> None:
        self.look = self.look or chosen()
        if not wear(self.look.theme):
            raise StageError(f"this process draws with theme {worn().name!r}; draw {self.look.theme.name!r} in another")
        self._ground()
        self.guard = Guard(self, self.stills or Path(config.get_dir("media_dir")) / "findings")
        self.rate = float(config.frame_rate)
        self.now: Beat | None = None  # the beat that plays, in a lecture
        self._frame = 0  # frames since the start of the scene, skipped ones included
        self.heading: Any = VGroup()
        if self.title:
            self.heading = Words(self.title, SIZE.title, INK.quiet)
            self.heading.move_to((-FRAME_WIDTH / 2 + MARGIN, FRAME_HEIGHT / 2 - MARGIN, 0), aligned_edge=LEFT + UP)
            self.add(self.heading)

    def _ground(self) -> None:
        camera: Any = self.camera
        if self.look and not self.look.ground:
            camera.background_opacity = 0.0
        # Colours in cairo's memory are multiplied by their opacity: a ground that is not there is black.
        camera.background_color = INK.ground if camera.background_opacity else BLACK

    @property
    def seconds(self) -> float:
        """Seconds since the scene began."""
        return self._frame / self.rate

    def play(self, *animations: Any, run_time: float | None = None, **options: Any) -> None:
        """Play for a whole number of frames (`run_time` in seconds, usually 0.6 to 1.2)."""
        still = len(animations) == 1 and isinstance(animations[0], Wait)
        seconds = animations[0].run_time if still and run_time is None else run_time
        if seconds is None:
            seconds = max([a.run_time for a in animations if isinstance(a, Animation)], default=MOTION.usual)
        frames = max(1, round(seconds * self.rate))
        # manim floors a frozen wait and rounds a movement up to frames: a hundredth of a frame keeps both exact.
        exact = (frames + (0.01 if still else -0.01)) / self.rate
        self.guard.before(frames / self.rate, still)
        if still:
            animations[0].run_time = exact
            super().play(*animations, **options)
        else:
            super().play(*animations, run_time=exact, **options)
        self._count(frames)
        carry(self.animations or ())
        self.guard.after()

    def _count(self, frames: int) -> None:
        self._frame += frames

    def update_to_time(self, t: float) -> None:
        super().update_to_time(t)
        self.guard.during(t)

    def leave(self, *kept: Mobject) -> list[Animation]:
        """Animations that take everything off the screen but the heading and what is kept."""
        self.keep(*kept)
        return [FadeOut(mobject) for mobject in self.mobjects if mobject not in (self.heading, *kept)]

    def keep(self, *mobjects: Mobject) -> None:
        """These stay on purpose when the picture moves on, until something takes them off."""
        self.guard.leftovers.keep(mobjects)

    def allow(self, kind: str, *mobjects: Mobject, why: str) -> None:
        """What the guard would find about these is meant, and why; without mobjects, in the beat that plays."""
        if kind not in KINDS or not why.strip():
            raise StageError(f"scene {type(self).__name__}: allow({kind!r}) needs one of {sorted(KINDS)} and a reason")
        if not mobjects and self.now is None:
            raise StageError(f"scene {type(self).__name__}: allow({kind!r}) outside a beat needs the mobjects it means")
        self.guard.allow(kind, mobjects)

    def tear_down(self) -> None:
        self.guard.finished()
        for finding in self.guard.findings:
            logger.warning(f"{finding} [{finding.still}]")
