"""Words to SVG through Typst, with pinned fonts and nothing from the system.

A missing font or a character the font lacks is an error, never a box.
"""

import hashlib
import tempfile
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import typst

from scenes.look import wheel
from scenes.stage.theme import CODE_FONT, THEME, WORDS_FONT
from store import CourseError


class TypesetError(CourseError):
    """A text that cannot be set: missing font, missing character, or bad Typst."""


@cache
def words_file() -> Path:
    """The file of the words face."""
    path = THEME.words.file or wheel(WORDS_FONT)
    if path is None:
        raise TypesetError(f"font {WORDS_FONT} is missing: pip install justmytype-intl-cjk==0.1.0")
    return path


@cache
def font_folders() -> list[Path]:
    """Folders of the theme's faces; Typst brings faces of its own."""
    return [words_file().parent, *([THEME.code.file.parent] if THEME.code.file else [])]


@cache
def fonts() -> typst.Fonts:
    """Fonts Typst may use: the theme's faces and Typst's embedded ones."""
    found = typst.Fonts(include_system_fonts=False, font_paths=font_folders())
    for family in (WORDS_FONT, CODE_FONT):
        if family not in found.families():
            raise TypesetError(f"font {family} is missing: pip install typst==0.15.2 justmytype-intl-cjk==0.1.0")
    return found


@cache
def characters() -> frozenset[int]:
    """Code points the words face can draw."""
    from fontTools.ttLib import TTFont

    with TTFont(words_file(), lazy=True, fontNumber=0) as face:
        return frozenset(face.getBestCmap())


def check_characters(text: str) -> None:
    """Raise when `text` holds a character the words face lacks."""
    for character in text:
        if not character.isspace() and ord(character) not in characters():
            raise TypesetError(f"font {WORDS_FONT} lacks {character!r} (U+{ord(character):04X}) in {text!r}")


def quote(text: str) -> str:
    """`text` as a Typst string literal: nothing in it is markup."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def compile_typst(source: str, form: Literal["svg", "png"] = "svg", ppi: float | None = None) -> bytes:
    """Compile a whole Typst document with the pinned fonts; `ppi` is the resolution of a "png"."""
    try:
        drawn = typst.Compiler(source.encode(), font_paths=fonts()).compile(format=form, ppi=ppi)
    except typst.TypstError as error:
        raise TypesetError(f"Typst cannot set {source.splitlines()[-1]!r}: {error}") from error
    assert isinstance(drawn, bytes)
    return drawn


def page(body: str, *, size: float, font: str = WORDS_FONT, weight: int = 400, leading: float = 0.6) -> str:
    """A Typst document that is exactly as large as `body`; `size` is the type size in points."""
    return (
        "#set page(width: auto, height: auto, margin: 0pt, fill: none)\n"
        f'#set text(size: {size}pt, font: ({quote(font)}, {quote(WORDS_FONT)}), weight: {weight}, lang: "zh")\n'
        f"#set par(leading: {leading}em)\n"
        f"{body}\n"
    )


def svg_file(source: str, folder: Path) -> Path:
    """Compile a Typst document to `folder`/<hash>.svg, written beside and renamed, and return the path."""
    key = hashlib.sha256(f"{version('typst')} {THEME.words.sha256} {THEME.code.sha256} {source}".encode()).hexdigest()
    path = folder / f"{key[:32]}.svg"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as beside:
            beside.write(compile_typst(source))
        Path(beside.name).replace(path)
    return path
