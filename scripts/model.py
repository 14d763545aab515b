"""What a lecture is made of, and the error of this room. Everything here is frozen: words do not change under way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scripts.languages import LANGUAGES as LANGUAGES
from store import CourseError


class ScriptError(CourseError):
    """The words are not in order: `file:line: what is wrong; what to do`."""


@dataclass(frozen=True)
class Beat:
    """One narrated step.

    `text` is what captions show, `spoken` what the voice gets. `cues` maps a name to an offset into `spoken`, in the
    order of speaking. `spans` = (spoken_start, spoken_end, text_start, text_end) cut both texts, without gaps, into
    pieces that belong together; a piece that is equal in both maps character by character.
    """

    name: str
    text: str
    spoken: str
    cues: Mapping[str, int] = field(default_factory=dict)
    spans: tuple[tuple[int, int, int, int], ...] = ()
    pause: float = 0.4
    line: int = 0


@dataclass(frozen=True)
class SceneScript:
    """The narration of one scene class; `title` becomes the chapter's title, `alt` tells what is seen.

    `beats` are those that fit the trace; `whens` are (beat, condition) of all that have one.
    """

    name: str
    title: str
    beats: tuple[Beat, ...]
    line: int
    alt: str = ""
    whens: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Heading:
    level: int
    text: str
    line: int


@dataclass(frozen=True)
class Example:
    """A program to copy and run, and what it printed. `path` and `output` exist."""

    name: str
    path: Path
    output: Path
    line: int


@dataclass(frozen=True)
class Lecture:
    """One lecture in one language.

    `page` is plain Markdown with LaTeX in dollars: numbers filled in, examples and outputs as code blocks, the
    narration of each scene as a quotation under its title.
    """

    id: str
    language: str
    title: str
    scenes: tuple[SceneScript, ...]
    page: str
    examples: tuple[Example, ...]
    headings: tuple[Heading, ...]
    path: Path

    def scene(self, name: str) -> SceneScript:
        """The narration of scene class `name`; ScriptError names the ones there are."""
        for scene in self.scenes:
            if scene.name == name:
                return scene
        known = ", ".join(scene.name for scene in self.scenes) or "none"
        raise ScriptError(f"{self.path}:1: no scene {name!r}; write ::::{{scene}} {name}, or use one of: {known}")
