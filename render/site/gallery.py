"""The clips that `lecture clips` made, as a page shows them: each with the file that fits its reader best.

A clip is shown by an MP4 or WebM of the usual look, in the page's language where there is one.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from render.clips import manifest
from scripts.course import Course, Subject

EMBED = Markup(
    '<figure><video controls preload="none" width="{width}" height="{height}" poster="{base}{poster}" '
    'aria-label="{alt}" src="{base}{film}"></video><figcaption>{credit}</figcaption></figure>'
)
PLAYED = ("mp4", "webm")  # formats a browser plays


@dataclass(frozen=True)
class Shown:
    """A clip: `facts` are its entry in clips.json, `film` the file that is played, `files` all there are to take."""

    facts: dict[str, Any]
    film: dict[str, Any] | None
    poster: str
    preview: str
    files: tuple[dict[str, Any], ...]

    def embed(self, language: str) -> str:
        """HTML to put on another page, with the line of credit; `{base}` stands for where the clips are served."""
        assert self.film
        return str(
            EMBED.format(
                width=self.film["width"],
                height=self.film["height"],
                poster=self.poster,
                film=self.film["path"],
                alt=self.facts["alt"][language],
                credit=self.facts["attribution"][language],
                base="{base}",
            )
        )


@dataclass(frozen=True)
class Gallery:
    """The clips in the order of the course, and the topics and mechanisms among them."""

    clips: tuple[Shown, ...]
    topics: tuple[Subject, ...]
    mechanisms: tuple[Subject, ...]


def folder(build: Path) -> Path:
    return build / "clips"


def gallery(course: Course, language: str, build: Path) -> Gallery:
    """What clips.json tells; empty where none were made. Raises BuildError."""
    path = folder(build) / manifest.FILE
    entries = manifest.read(path)["clips"] if path.is_file() else []
    clips = tuple(each for entry in entries if (each := shown(entry, language)))
    used = {key: {name for each in clips for name in each.facts[key]} for key in ("topics", "mechanisms")}
    return Gallery(
        clips,
        tuple(topic for topic in course.topics if topic.id in used["topics"]),
        tuple(mechanism for mechanism in course.mechanisms if mechanism.id in used["mechanisms"]),
    )


def shown(entry: dict[str, Any], language: str) -> Shown | None:
    """A clip as a reader of this language sees it; None for one without a picture."""
    files = sorted(entry["files"], key=lambda file: (file["language"] != language, file["transparent"], file["path"]))
    pictured = [file for file in files if "poster" in file and file["theme"]["name"] == "dark" and file["text"]]
    pictured = pictured or [file for file in files if "poster" in file]
    if not pictured:
        return None
    film = next((file for file in pictured if file["format"] in PLAYED), None)
    first = film or pictured[0]
    return Shown(entry, film, first["poster"]["path"], first["preview"]["path"], tuple(files))


def copy_clips(build: Path, target: Path) -> None:
    """Link every file the manifest tells of, and the manifest: files are large, and never changed in place."""
    source = folder(build)
    if not (source / manifest.FILE).is_file():
        return
    told = [file for entry in manifest.read(source / manifest.FILE)["clips"] for file in entry["files"]]
    paths = [file["path"] for file in told]
    paths += [file[what]["path"] for file in told for what in ("poster", "preview") if what in file]
    for path in dict.fromkeys([*paths, manifest.FILE, manifest.SCHEMA]):
        found = manifest.inside(source, path)
        if not found.is_file():
            continue
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(found, target / path)
        except OSError:
            shutil.copyfile(found, target / path)
