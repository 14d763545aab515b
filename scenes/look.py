"""How scenes look: a theme (colours and faces), with or without words of a language, on a ground or on none.

    Look()                                                    # dark, with words, on its ground
    Look(read_theme("light"), text=False)                     # light, for teachers of another language
    Look(read_theme("my/theme.yaml"), ground=False)           # a course maker's colours, transparent behind

A theme is a YAML file; what it does not say it takes from its `base`. Colours are read when the stage is imported, so
a process draws with one theme, the first that it wears.

Free of manim: plans, cards and pages read it too.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from store import CourseError

THEMES = Path(__file__).parent / "themes"
COLOR = re.compile(r"#[0-9A-Fa-f]{6}")
RANKS = 8
ROLES = ("words", "code")
EMBEDDED = ("DejaVu Sans Mono", "Libertinus Serif", "New Computer Modern")  # in Typst itself


class LookError(CourseError):
    """A look that cannot be worn: a theme file with mistakes, one line for each, or a setting that says nothing."""


@dataclass(frozen=True)
class Ledger:
    """One colour per thing, in the whole course: sRGB as `#RRGGBB`."""

    ground: str
    tile: str  # an empty cell: visible on the ground, nearer to it than any value
    line: str  # quiet rules and axes
    words: str
    quiet: str
    weight: str  # W, frozen
    lora_a: str
    lora_b: str
    update: str  # BA, delta W
    activation: str  # x, h
    gradient: str
    optimizer: str
    gathered: str  # whole parameters put together from shards, for as long as they are needed
    buffer: str  # what collectives read and write
    query: str
    key: str
    value: str
    code: str  # quantized: code book, indices, packed bits
    scale: str  # scales of blocks: absmax
    error: str  # what rounding loses
    number: str  # numbers and constants in a program
    ranks: tuple[str, ...]


@dataclass(frozen=True)
class Face:
    """A font: its family, and the file it is in where that does not come with the pinned packages."""

    family: str
    file: Path | None = field(default=None, compare=False)
    sha256: str = ""


@dataclass(frozen=True)
class Theme:
    """Colours and faces; `name` is for people and files."""

    name: str = field(compare=False)
    colors: Ledger
    words: Face
    code: Face

    def told(self) -> dict[str, Any]:
        """What of it a picture depends on, as JSON: the bytes of its fonts, not where they lie."""
        faces = {role: {"family": face.family, "sha256": face.sha256} for role, face in self.faces.items()}
        return {"colors": asdict(self.colors), "fonts": faces}

    @property
    def faces(self) -> dict[str, Face]:
        """Faces by the role they play."""
        return {role: getattr(self, role) for role in ROLES}

    @classmethod
    def of(cls, told: Mapping[str, Any], files: Mapping[str, Path], name: str = "") -> Theme:
        """The theme that was told, with the files of its fonts by role."""
        colors = told["colors"] | {"ranks": tuple(told["colors"]["ranks"])}
        faces = {role: Face(file=files.get(role), **told["fonts"][role]) for role in ROLES}
        return cls(name, Ledger(**colors), **faces)


@cache
def read_theme(name: str) -> Theme:
    """The theme of this name, or in this file. LookError has a line for every mistake: file, key, what to do."""
    path = Path(name) if name.endswith((".yaml", ".yml")) else THEMES / f"{name}.yaml"
    if not path.is_file():
        raise LookError(f"no theme {name!r}: name a YAML file, or one of {', '.join(shipped())}")
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise LookError(f"{path}: not readable as YAML: {' '.join(str(error).split())}") from error
    return _Reader(path).theme(told)


def shipped() -> list[str]:
    """Names of the course's own themes."""
    return sorted(path.stem for path in THEMES.glob("*.yaml"))


class _Reader:
    """One theme file and the mistakes in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.mistakes: list[str] = []

    def theme(self, told: Any) -> Theme:
        told = self.mapping("the file", told, ("base", "colors", "fonts"))
        base = self.base(told.get("base"))
        colors = self.colors(told.get("colors", {}), base)
        faces = {
            role: self.face(role, each) for role, each in self.mapping("fonts", told.get("fonts", {}), ROLES).items()
        }
        if base is None and not self.mistakes:
            for key in [each.name for each in fields(Ledger) if each.name not in colors]:
                self.wrong(f"colors.{key}", "is missing; add it, or name a `base` to take it from")
            for role in [each for each in ROLES if each not in faces]:
                self.wrong(f"fonts.{role}", "is missing; add it, or name a `base` to take it from")
        if self.mistakes:
            raise LookError("\n".join(self.mistakes))
        if base is None:
            return Theme(self.path.stem, Ledger(**colors), **faces)
        return replace(base, name=self.path.stem, colors=replace(base.colors, **colors), **faces)

    def wrong(self, key: str, what: str) -> None:
        self.mistakes.append(f"{self.path}: {key} {what}")

    def mapping(self, key: str, told: Any, known: tuple[str, ...]) -> dict[str, Any]:
        """A mapping with these keys; what is wrong with it is noted, and what is right returned."""
        if not isinstance(told, dict):
            self.wrong(key, f"must be a mapping of {', '.join(known)}")
            return {}
        for name in told:
            if name not in known:
                self.wrong(f"{key}: {name!r}", f"is unknown; there is {', '.join(known)}")
        return {name: each for name, each in told.items() if name in known}

    def base(self, told: Any) -> Theme | None:
        if told is None:
            return None
        if told not in shipped():
            self.wrong("base", f"{told!r} is no theme of the course; use {' or '.join(shipped())}")
            return None
        return read_theme(told)

    def colors(self, told: Any, base: Theme | None) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, color in self.mapping("colors", told, tuple(each.name for each in fields(Ledger))).items():
            if key != "ranks":
                found[key] = self.color(f"colors.{key}", color)
            elif not isinstance(color, list) or len(color) != RANKS:
                self.wrong("colors.ranks", f"must be a list of {RANKS} colours, of rank 0 to {RANKS - 1}")
            else:
                found[key] = tuple(self.color(f"colors.ranks[{n}]", each) for n, each in enumerate(color))
        return found

    def color(self, key: str, told: Any) -> str:
        if isinstance(told, str) and COLOR.fullmatch(told):
            return told.upper()
        self.wrong(key, f'is {told!r}, no colour; write "#RRGGBB", with quotes: YAML takes # for a comment')
        return ""

    def face(self, role: str, told: Any) -> Face:
        key = f"fonts.{role}"
        told = self.mapping(key, told, ("family", "file"))
        family, file = told.get("family"), told.get("file")
        if not isinstance(family, str):
            self.wrong(f"{key}.family", "must be the name of a font's family")
            return Face("")
        if file is None:
            if self.path.parent == THEMES or wheel(family) or (role == "code" and family in EMBEDDED):
                return Face(family)
            path = installed(family)
            if path is None:
                self.wrong(f"{key}.family", f"{family!r} is not installed here; give its `file` too")
                return Face(family)
        else:
            path = self.path.parent / str(file)
            families = families_of(path)
            if family not in families:
                there = (
                    f"holds {', '.join(families)}, not {family!r}" if families else "is no font file beside the theme"
                )
                self.wrong(f"{key}.file", f"{str(file)!r} {there}; name a .ttf or .otf file and its family")
                return Face(family)
        return Face(family, path.absolute(), hashlib.sha256(path.read_bytes()).hexdigest())


def wheel(family: str) -> Path | None:
    """The file of a family that comes with the pinned wheel `justmytype-intl-cjk`, such as Noto Sans JP."""
    spec = importlib.util.find_spec("justmytype_intl_cjk")
    if spec is None or spec.origin is None:
        return None
    name = family.lower().replace(" ", "")
    return next((Path(spec.origin).parent / "fonts/ofl" / name).glob("*.ttf"), None) if name.isalnum() else None


def installed(family: str) -> Path | None:
    """The file of a family of this system: upright, of regular weight if there is one."""
    import typst

    found = [face for face in typst.Fonts().fonts() if face.family == family and face.path]
    best = min(found, key=lambda face: (face.style != "normal", abs(face.weight - 400), face.path), default=None)
    return Path(best.path) if best and best.path else None


def families_of(path: Path) -> list[str]:
    """Names a font file gives its family; none if it is no font."""
    from fontTools.ttLib import TTFont, TTLibError

    try:
        with TTFont(path, lazy=True, fontNumber=0) as font:
            return sorted({str(name) for name in font["name"].names if name.nameID in (1, 16)})
    except (OSError, TTLibError, KeyError):
        return []


def dark() -> Theme:
    """The course's own theme."""
    return read_theme("dark")


@dataclass(frozen=True)
class Look:
    """How a scene is drawn. `text=False` leaves out the words of a language, `ground=False` what lies behind."""

    theme: Theme = field(default_factory=dark)
    text: bool = True
    ground: bool = True

    @property
    def suffix(self) -> str:
        """What tells it from the course's own look, for names of files and steps: `.light.no-text`; else nothing."""
        told = [self.theme.name] if self.theme.name and self.theme != dark() else []
        told += [] if self.text else ["no-text"]
        told += [] if self.ground else ["transparent"]
        return "".join(f".{each}" for each in told)

    def told(self) -> dict[str, Any]:
        """What of it a picture depends on, as JSON."""
        return {"theme": self.theme.told(), "text": self.text, "ground": self.ground}

    @classmethod
    def of(cls, told: Mapping[str, Any], files: Mapping[str, Path]) -> Look:
        """The look that was told, with the files of its fonts by role."""
        return cls(Theme.of(told["theme"], files), told["text"], told["ground"])


TEXT = {"all": True, "none": False}


def chosen(theme: str | None = None, text: bool | None = None, ground: bool = True) -> Look:
    """The look that is asked for; what is None, `LECTURE_THEME` (dark) and `LECTURE_TEXT` (all) say."""
    if text is None:
        said = os.environ.get("LECTURE_TEXT", "all")
        if said not in TEXT:
            raise LookError(f"LECTURE_TEXT is {said!r}; set it to {' or '.join(TEXT)}")
        text = TEXT[said]
    return Look(read_theme(theme or os.environ.get("LECTURE_THEME", "dark")), text, ground)


_worn: Theme | None = None


def wear(theme: Theme) -> bool:
    """Draw with this theme in this process; False if it draws with another one already."""
    global _worn
    _worn = _worn or theme
    return _worn == theme


def worn() -> Theme:
    """The theme of this process: the first it was told to wear, or what `LECTURE_THEME` says."""
    global _worn
    _worn = _worn or chosen(text=True).theme
    return _worn
