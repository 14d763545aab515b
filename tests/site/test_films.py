"""What a build publishes is what the player reads; samples as notebooks."""

from __future__ import annotations

import ast
import json
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest

from render.errors import BuildError
from render.site.films import find_film, transcript
from render.site.notebook import notebook
from scripts.reader import ROOT as SCRIPTS
from scripts.reader import read_lecture
from tests.conftest import LECTURE, Course

PROGRAMS = sorted(SCRIPTS.glob("*/*/examples/*.py"))


def test_a_built_lecture_has_what_the_player_needs(once: Course, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LECTURE_TRACES", str(once.root / "data_capture/traces"))
    film = find_film(LECTURE, "en", once.root / "build")
    assert film and film.language == "zh"  # the only one there is
    for language in ("zh", "en"):
        lecture = read_lecture(LECTURE, language, once.root / "scripts")
        parts = transcript(lecture, film)
        assert [part.title for part in parts] == [scene.title for scene in lecture.scenes]
        beats = [beat for part in parts for beat in part.beats]
        words = [beat.text for scene in lecture.scenes for beat in scene.beats]
        assert ["".join(piece.text for piece in beat.pieces) for beat in beats] == words
        times = [(beat.start or 0.0, beat.end or 0.0) for beat in beats]
        assert all(start < end for start, end in times)
        assert all(before[1] <= after[0] + 0.011 for before, after in pairwise(times))
        assert times[0][0] > 0 and times[-1][1] == pytest.approx(film.duration, abs=0.1)
        assert all(beat.start <= piece.start < beat.end for beat in beats for piece in beat.pieces)  # type: ignore[operator]


def test_no_film_no_times(once: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LECTURE_TRACES", str(once.root / "data_capture/traces"))
    assert find_film(LECTURE, "zh", tmp_path) is None
    parts = transcript(read_lecture(LECTURE, "zh", once.root / "scripts"), None)
    assert parts[0].start is None and parts[0].beats[1].pieces[0].text == "把它向右移动一点。"


@pytest.mark.parametrize("broken", ("{", "[]", json.dumps({"duration": 1})))
def test_facts_out_of_order_are_told(built: Course, broken: str):
    facts = built.root / f"build/lectures/{LECTURE}.zh.json"
    facts.write_text(broken, encoding="utf-8")
    with pytest.raises(BuildError, match="build the lecture again"):
        find_film(LECTURE, "zh", built.root / "build")


def test_words_that_changed_since_the_build_are_told(built: Course, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LECTURE_TRACES", str(built.root / "data_capture/traces"))
    film = find_film(LECTURE, "zh", built.root / "build")
    for language in ("zh", "en"):
        built.edit(f"scripts/{LECTURE}/{language}.md", "{beat} two", "{beat} three")
    with pytest.raises(BuildError, match=r"no beat 'three' of First.*build 01-toy/first again"):
        transcript(read_lecture(LECTURE, "zh", built.root / "scripts"), film)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: "/".join((path.parts[-3], path.name)))
def test_notebook_has_the_whole_program(program: Path):
    book = nbformat.reads(notebook(program, program.with_suffix(".out")), as_version=4)
    cells = ["".join(cell.source) for cell in book.cells if cell.cell_type == "code"]
    assert all(compile(cell, program.name, "exec") for cell in cells)
    source = ast.parse(program.read_text(encoding="utf-8"))
    body = source.body[1:] if ast.get_docstring(source) else source.body
    assert ast.dump(ast.parse("\n".join(cells))) == ast.dump(ast.Module(body, []))
    assert notebook(program, program.with_suffix(".out")) == notebook(program, program.with_suffix(".out"))
