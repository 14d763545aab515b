"""docs/compose.md: the table of the stage's vocabulary with its pictures, and the last picture of every sample.

`lecture vocabulary` draws and writes them anew. The pieces say what they are themselves (`scenes/vocabulary.py`).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from render.errors import BuildError
from render.transcripts import write
from store.entries import REPOSITORY

if TYPE_CHECKING:
    from PIL import Image

PAGE = REPOSITORY / "docs/compose.md"
FOLDER = REPOSITORY / "docs/compose"
BEGIN, END = "<!-- vocabulary: written by `lecture vocabulary` -->\n", "<!-- end of vocabulary -->\n"
COLORS = 128  # of the picture of a piece; flat colours on one ground need no more
SAMPLE = (854, 480)


def samples() -> list[Path]:
    """The programs of docs/compose."""
    return sorted(FOLDER.glob("*.py"))


def table() -> str:
    """A row for every piece: its picture, its name, what it is."""
    from scenes.vocabulary import pieces

    rows = [
        f'| <img src="compose/pieces/{each.name}.png" alt="" width="200"> | `{each.name}` | {each.what} |\n'
        for each in pieces().values()
    ]
    return "".join(["| | piece | what |\n", "|---|---|---|\n", *rows])


def page(text: str) -> str:
    """The page with the table in its place."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise BuildError(f"{PAGE}: has no place for the table; keep the lines {BEGIN.strip()} and {END.strip()}")
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def pictures() -> Iterator[tuple[Path, Image.Image]]:
    """Where the picture of every piece belongs, and the picture."""
    from scenes.vocabulary import drawn

    for name, picture in drawn():
        yield FOLDER / "pieces" / f"{name}.png", picture.quantize(COLORS)


def last_picture(program: Path) -> Image.Image:
    """The last picture of the only scene in a program, drawn by plain manim in a folder of its own."""
    from PIL import Image

    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "manim", "-s", "-ql", "-v", "WARNING", "--progress_bar", "none", str(program)]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        found = list(Path(folder).glob("media/images/**/*.png"))
        told = [
            line for line in (done.stdout + done.stderr).split("\n") if line.strip() and "Manim Community" not in line
        ]
        if done.returncode or len(found) != 1 or told:
            raise BuildError(f"{program}: {' '.join(' '.join(told[-3:]).split()) or 'drew no picture'}")
        return Image.open(found[0]).convert("RGB").resize(SAMPLE)


def write_vocabulary() -> Iterator[Path]:
    """Draw and write everything; yields the paths."""
    text = page(PAGE.read_text(encoding="utf-8"))
    drawn = [*pictures(), *((program.with_suffix(".png"), last_picture(program)) for program in samples())]
    (FOLDER / "pieces").mkdir(exist_ok=True)
    for gone in set(FOLDER.rglob("*.png")) - {path for path, _ in drawn}:
        gone.unlink()
    for path, picture in drawn:
        picture.save(path, optimize=True)
        yield path
    write(PAGE, text)
    yield PAGE
