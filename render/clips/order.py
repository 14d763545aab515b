"""What can be asked for: clips by ids that never change, the formats there are, and how a clip is to look and sound.

    Clip("09-lora/merge", "LoraMerge").id             # 09-lora/merge/LoraMerge: the whole scene
    Clip("09-lora/merge", "LoraMerge", "add").id      # 09-lora/merge/LoraMerge/add: one beat of it

An id is made of names in the scripts, never of numbers: lectures and scenes may be put in another order.
"""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from render.errors import BuildError
from render.quality import quality
from scenes.look import Look
from scripts.course import load_course
from scripts.languages import LANGUAGES
from scripts.reader import Lecture, read_lecture

VOICE = "espeak"  # the voice that names of files need not tell


@dataclass(frozen=True)
class Format:
    """A kind of file: whether it can have a voice, keep what is transparent, and hold a single beat."""

    name: str
    ending: str
    media: str
    voice: bool = False
    alpha: bool = False
    beats: bool = True


FORMATS = {
    each.name: each
    for each in (
        Format("mp4", ".mp4", "video/mp4", voice=True),
        Format("webm", ".webm", "video/webm", voice=True, alpha=True),
        Format("prores", ".mov", "video/quicktime", voice=True, alpha=True),
        Format("gif", ".gif", "image/gif"),
        Format("webp", ".webp", "image/webp", alpha=True),
        Format("png-sequence", ".zip", "application/zip", alpha=True),
        Format("svg", ".svg", "image/svg+xml", alpha=True),
        Format(
            "pptx",
            ".pptx",
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            voice=True,
            beats=False,
        ),
        Format("html", ".html", "text/html", voice=True, beats=False),
    )
}


@dataclass(frozen=True)
class Clip:
    """A scene, or one of its beats."""

    lecture: str
    scene: str
    beat: str = ""

    @property
    def id(self) -> str:
        """What names the clip for good."""
        return "/".join(filter(None, (self.lecture, self.scene, self.beat)))

    @property
    def part(self) -> str:
        """The name of its files among those of its scene."""
        return f"beat-{self.beat}" if self.beat else "scene"


@dataclass(frozen=True)
class Order:
    """How clips are wanted. `theme` is what names the look's theme on the command line; `voice` times the pictures
    even where `voiced` is False and nothing is heard."""

    format: Format
    language: str
    quality_name: str
    look: Look
    theme: str = "dark"
    voice: str = VOICE
    voiced: bool = False

    @property
    def form(self) -> str:
        """What its scenes are drawn in (render/forms.py): pictures without a ground in one that keeps them so."""
        if self.look.ground:
            return "h264"
        return "vp9-alpha" if self.format.name == "webm" else "prores-4444"

    def stem(self, clip: Clip) -> str:
        """Where the clip lies below the folder of clips, without its ending."""
        name = PurePosixPath(clip.id).as_posix() + f".{self.language}"
        if self.format.name != "svg":
            name += f".{quality(self.quality_name).height}p"
        if self.voice != VOICE:
            name += "." + re.sub(r"[^A-Za-z0-9]+", "-", self.voice).strip("-")
        return name + self.look.suffix

    def path(self, clip: Clip) -> str:
        """Where the clip lies below the folder of clips."""
        silent = ".silent" if self.format.voice and not self.voiced else ""
        return f"{self.stem(clip)}{silent}{self.format.ending}"

    def picture(self, clip: Clip, what: str) -> str:
        """Where its poster or its preview lies; formats drawn alike share them."""
        form = "" if self.look.ground else f".{self.form}"
        return f"{self.stem(clip)}{form}.{what}.webp"

    def command(self, clip: Clip) -> str:
        """What makes this file again, in any folder where the `lecture` command is installed."""
        words = ["lecture", "clips", "--id", clip.id, "--format", self.format.name, "--lang", self.language]
        words += ["--quality", self.quality_name, "--theme", self.theme]
        words += [] if self.look.text else ["--no-text"]
        words += [] if self.look.ground else ["--transparent"]
        words += ["--voiced" if self.voiced else "--silent"] if self.format.voice else []
        words += ["--voice", self.voice, "--out", "."]
        return shlex.join(words)


def order(
    format_name: str,
    language: str,
    quality_name: str,
    look: Look,
    theme: str,
    voice: str,
    voiced: bool | None = None,
) -> Order:
    """An order that can be carried out; BuildError says what is impossible. `voiced` None: where there can be sound."""
    quality(quality_name)
    if format_name not in FORMATS:
        raise BuildError(f"no format {format_name!r}; there is {', '.join(FORMATS)}")
    wanted = FORMATS[format_name]
    if voiced and not wanted.voice:
        raise BuildError(f"{format_name} has no sound; leave out --voiced, or use {names('voice')}")
    if not look.ground and not wanted.alpha:
        raise BuildError(f"{format_name} keeps nothing transparent; leave out --transparent, or use {names('alpha')}")
    sound = wanted.voice if voiced is None else voiced
    return Order(wanted, language, quality_name, look, theme, voice, sound)


def names(can: str) -> str:
    """The formats that can do something, for people to read."""
    return ", ".join(name for name, each in FORMATS.items() if getattr(each, can))


def clips_of(lecture: Lecture) -> list[Clip]:
    """Every clip of a lecture in the order of the course: each scene, then its beats."""
    return [
        Clip(lecture.id, scene.name, beat) for scene in lecture.scenes for beat in ("", *(b.name for b in scene.beats))
    ]


def chosen(lectures: Sequence[str], scene: str | None, beat: str | None, format: Format) -> list[Clip]:
    """The clips of these lectures that a format can hold, or those of one scene, or of one beat by itself."""
    if beat and not format.beats:
        raise BuildError(f"{format.name} holds whole scenes and stops at each beat; leave out --beat")
    every = [clip for each in lectures for clip in clips_of(read_lecture(each, LANGUAGES[0]))]
    found = [clip for clip in every if scene in (None, clip.scene)]
    if not found:
        raise BuildError(f"no scene {scene!r} in {', '.join(lectures)}; there is {scenes(every)}")
    if beat:
        named = [clip for clip in found if clip.beat == beat]
        if not named:
            where = scene or ", ".join(lectures)
            beats = ", ".join(dict.fromkeys(clip.beat for clip in found if clip.beat))
            raise BuildError(f"no beat {beat!r} in {where}; there is {beats}")
        return named
    return [clip for clip in found if format.beats or not clip.beat]


def identified(id: str, format: Format) -> Clip:
    """The clip with this id; BuildError names the ids it may have been."""
    course = load_course()
    filmed = [lecture.id for lecture in course.lectures if lecture.modules]
    every = [clip for each in filmed for clip in clips_of(read_lecture(each, LANGUAGES[0]))]
    for clip in every:
        if clip.id == id:
            if clip.beat and not format.beats:
                raise BuildError(f"{format.name} holds whole scenes: ask for {clip.lecture}/{clip.scene}, not a beat")
            return clip
    near = difflib.get_close_matches(id, [clip.id for clip in every], 3, 0.5)
    more = f"did you mean {' or '.join(near)}?" if near else "an id is LECTURE/Scene or LECTURE/Scene/beat"
    raise BuildError(f"no clip {id!r}; {more}")


def scenes(clips: Iterable[Clip]) -> str:
    """The scenes of these clips, for people to read."""
    return ", ".join(dict.fromkeys(clip.scene for clip in clips))
