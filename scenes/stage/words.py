"""Words, code and formulas as mobjects, set by Typst in the course's faces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from manim import DOWN, LEFT, ORIGIN, RIGHT, UP, MathTypst, RoundedRectangle, SVGMobject, VGroup, config

from scenes.stage.leaf import Blank, Glyph
from scenes.stage.theme import CODE_FONT, INK, MOTION, PIXEL, SIZE, WORDS_FONT
from scenes.stage.typeset import check_characters, font_folders, page, quote, svg_file
from scripts.literals import bare, unmark
from scripts.wording import runs

STROKE = 100 * PIXEL  # manim draws a stroke of width 1 as 0.01 units


STRUT = "#010203"  # a bar in this colour opens every text: it shows where the line lies, and is taken out again

LEFT_OUT = "#010204"  # in this colour a second setting of a text shows which of its glyphs are not drawn


class Receding:
    """Type that can step back: what is dimmed so is dim on purpose, and the guard lets its contrast pass."""

    dimmed = False

    def recede(self: Any, opacity: float = MOTION.dim) -> Any:
        """Step back while others are talked about (1: forward again)."""
        self.dimmed = opacity < 1
        return self.set_opacity(opacity)


class Glyphs:
    """An SVGMobject whose paths are glyphs."""

    def path_to_mobject(self: Any, path: Any) -> Glyph:
        """manim's own makes a mobject that is dear to copy."""
        return Glyph(path, **self.path_string_config)


class Typeset(Glyphs, Receding, SVGMobject):
    """A line or several set by Typst, in pixels at 1080p, with what it says kept in `text`.

    `level(point)` puts the middle of the first line, not of the ink, on a point: rows stay in line whatever they hold.
    """

    def __init__(
        self, body: str, text: str, size: float, color: str, font: str, weight: int = 400, blank: str = ""
    ) -> None:
        """`blank` is the body once more, with what is not to be drawn in the colour `LEFT_OUT`."""
        self.text, self.literals = unmark(text)
        self.size = size

        def drawing(body: str) -> Path:
            strut = f'#text(fill: rgb("{STRUT}"))[#box(width: 0pt)[|]]'
            source = page(strut + body, size=size, font=font, weight=weight)
            return svg_file(source, Path(config.get_dir("tex_dir")))

        super().__init__(drawing(body), height=None, width=None)
        if blank:
            marks = SVGMobject(drawing(blank), height=None, width=None).submobjects
            self.submobjects = [
                Blank(glyph) if mark.get_fill_color().to_hex() == LEFT_OUT else glyph
                for glyph, mark in zip(self.submobjects, marks, strict=True)
            ]
        bar = next(glyph for glyph in self.submobjects if glyph.get_fill_color().to_hex() == STRUT)
        self.remove(bar)
        self.id_to_vgroup_dict = {}  # a text has no named parts, and every copy would copy them
        self.rise = (self.get_center()[1] - bar.get_center()[1]) / self.height
        for glyph in self.submobjects:
            if glyph.get_stroke_width() > 0:
                glyph.set_stroke(width=glyph.get_stroke_width() * STROKE)
            if glyph.get_fill_color().to_hex() == "#000000":
                glyph.set_color(color)
        self.scale(PIXEL).center()
        self.natural = float(np.hypot(self.width, self.height))

    def level(self, point: Any, aligned_edge: Any = ORIGIN) -> Self:
        """Move so that the middle of the (first) line lies at the height of `point`."""
        self.move_to(point, aligned_edge=aligned_edge * [1, 0, 0])
        return self.shift(self.rise * self.height * UP)


class Words(Typeset):
    """A line or several of text. `size` in pixels at 1080p; `colors` maps words within the text to their colour."""

    def __init__(
        self,
        text: str,
        size: float = SIZE.label,
        color: str = INK.words,
        weight: int = 400,
        colors: Mapping[str, str] | None = None,
        font: str = WORDS_FONT,
    ) -> None:
        clean, _ = unmark(text)
        check_characters(clean)
        lines = [coloured(line, colors or {}) for line in clean.split("\n")]
        super().__init__(BREAK.join(lines), text, size, color, font, weight, left_out(text))


class Mono(Words):
    """Shapes, names and numbers in the monospace face."""

    def __init__(self, text: str, size: float = SIZE.code, color: str = INK.words, **options: Any) -> None:
        super().__init__(text, size, color, font=CODE_FONT, **options)


BREAK = " #linebreak() "


def left_out(text: str) -> str:
    """Typst for `text` with its words of a language in the colour of what is not drawn; nothing if it has none."""
    parts = runs(bare(text))
    if not any(hidden for _, hidden in parts):
        return ""
    return "".join(
        BREAK.join(coloured(line, {line: LEFT_OUT} if hidden and line else {}) for line in part.split("\n"))
        for part, hidden in parts
    )


def coloured(text: str, colors: Mapping[str, str]) -> str:
    """Typst for `text` in which every occurrence of a key of `colors` wears its colour."""
    for word, color in colors.items():
        if word in text:
            before, after = text.split(word, 1)
            return coloured(before, colors) + f'#text(fill: rgb("{color}"))[#{quote(word)}]' + coloured(after, colors)
    return f"#{quote(text)}" if text else ""


class Formula(Glyphs, Receding, MathTypst):
    """A formula with addressable parts: `Formula("{{ W : W }} + {{ B : B }} {{ A : A }}", colors={"W": INK.weight})`.

    `formula["W"]` is the part. Part names follow manim's `MathTypst` groups. `size` in pixels at 1080p.
    """

    def __init__(self, typst: str, size: float = 54, colors: Mapping[str, str] | None = None) -> None:
        clean, literals = unmark(typst)
        # manim sets Typst at 10 pt and takes 960 of its font units for one unit of height.
        super().__init__(clean, font_size=size * PIXEL * 960 / 10, color=INK.words, font_paths=font_folders())
        self.text, self.literals, self.size = clean, literals, size
        self.natural = float(np.hypot(self.width, self.height))
        for name, color in (colors or {}).items():
            self[name].set_color(color)

    def __getitem__(self, name: Any) -> Any:
        return self.select(name) if isinstance(name, str) else super().__getitem__(name)


class Code(VGroup):
    """At most twelve lines of code on a quiet panel; `light(n)` lights line n (from 0) and dims the others."""

    LEADING = 0.72

    def __init__(self, lines: Sequence[str], size: float = SIZE.code) -> None:
        if not 1 <= len(lines) <= 12:
            raise ValueError(f"a code panel shows 1 to 12 lines, not {len(lines)}")
        self.lines = VGroup(*(highlighted(line, size) for line in lines if line.strip()))
        advance = size * (1 + self.LEADING) * PIXEL
        rows = [row for row, line in enumerate(lines) if line.strip()]
        width = max(len(unmark(line)[0]) for line in lines) * size * 0.602 * PIXEL
        panel = RoundedRectangle(
            corner_radius=0.12, width=width + 0.7, height=advance * len(lines) + 0.45, color=INK.line
        ).set_fill(INK.tile, 1)
        panel.set_stroke(width=1.5)
        for mobject, row in zip(self.lines, rows, strict=True):
            indent = len(lines[row]) - len(lines[row].lstrip())
            start = panel.get_corner(UP + LEFT)
            start = start + RIGHT * (0.35 + indent * size * 0.602 * PIXEL) + DOWN * (0.225 + (row + 0.5) * advance)
            mobject.level(start, aligned_edge=LEFT)
        self.panel = panel
        super().__init__(panel, self.lines)

    def light(self, *rows: int) -> Code:
        """Light these lines, dim the others; rows count the lines that carry text."""
        line: Any
        for row, line in enumerate(self.lines):
            line.recede(1 if row in rows else MOTION.dim)
        return self


def _rule(scope: str, color: str) -> str:
    return (
        f"<dict><key>scope</key><string>{scope}</string><key>settings</key>"
        f"<dict><key>foreground</key><string>{color}</string></dict></dict>"
    )


# A TextMate theme, the form Typst's highlighter reads; quiet, so that the lit line and the ledger colours lead.
HIGHLIGHT = (
    '<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><dict><key>settings</key><array>'
    + f"<dict><key>settings</key><dict><key>foreground</key><string>{INK.words}</string></dict></dict>"
    + _rule("comment", INK.quiet)
    + _rule("string", INK.value)
    + _rule("constant.numeric, constant.language", INK.number)
    + _rule("keyword, storage, keyword.operator", INK.optimizer)
    + _rule("entity.name, support, variable.function", INK.query)
    + "</array></dict></plist>"
)


def highlighted(line: str, size: float) -> Typeset:
    """One line of Python, coloured by Typst's own highlighter, on the line's box so that rows keep their distance."""
    clean, _ = unmark(line)
    check_characters(clean)
    body = (
        f"#set raw(theme: bytes({quote(HIGHLIGHT)}))\n"
        f'#text(size: 1.25em)[#raw({quote(clean.strip())}, lang: "py")]'  # raw shrinks its text to 0.8 em
    )
    return Typeset(body, line.strip(), size, INK.words, CODE_FONT)
