"""Tokens as tiles: letters stand where the text has them, pairs fall together, and what is said stays true."""

import numpy as np
import pytest
from manim import Scene, tempconfig

from data_capture.trace import load_trace
from scenes.stage import Regroup, Tokens
from scenes.stage.guard.ink import Sight


@pytest.fixture(scope="module")
def trace():
    return load_trace("tokenization/bpe")


@pytest.fixture
def scene(tmp_path):
    with tempconfig({"media_dir": str(tmp_path), "dry_run": True, "verbosity": "ERROR", "progress_bar": "none"}):
        yield Scene()


def letters(row):
    return [glyph for tile in row for glyph in tile.letters]


def test_letters_stand_still_however_the_text_is_cut(trace):
    stops = trace.value("stops")
    rows = [Tokens(trace.value(f"sample.0.{stop}.tokens")) for stop in stops]
    places = [[glyph.get_center() for glyph in letters(row)] for row in rows]
    for other in places[1:]:
        assert np.allclose(places[0], other, atol=1e-6)


def test_a_token_lies_over_the_characters_its_offsets_name(trace):
    text = trace.value("samples")[1]
    row = Tokens(trace.value("sample.1.767.tokens"))
    for tile, (start, end) in zip(row, trace["sample.1.767.offsets"], strict=True):
        assert tile.box.get_left()[0] - row.RIM == pytest.approx(row.edge(start)[0])
        assert tile.box.get_right()[0] + row.RIM == pytest.approx(row.edge(end)[0])
    written = row.written(text)
    assert len(written) == len(text.replace(" ", "")) and written.text == text


def test_a_space_is_shown_as_a_mark_in_both_spellings():
    assert Tokens(["\u0120the"]).pieces == Tokens([" the"]).pieces == ["␣the"]


def test_pairs_are_joined_from_the_left_and_never_overlap():
    assert Tokens(["a", "a", "a"]).joined("a", "a").pieces == ["aa", "a"]
    assert Tokens(["t", "h", "x", "t", "h"]).joined("t", "h").pieces == ["th", "x", "th"]
    assert Tokens(["t", "h"]).joined("h", "t").pieces == ["t", "h"]


def test_joining_gives_the_words_of_the_trace(trace):
    left, right = trace.value("merges.left"), trace.value("merges.right")
    for place, _ in enumerate(trace.value("words")):
        forms = [form.split(" ") for form in trace.value(f"word.{place}.forms")]
        row = Tokens(forms[0])
        for step, form in zip(trace.value(f"word.{place}.steps")[1:], forms[1:], strict=True):
            row = row.joined(left[step - 1], right[step - 1])
            assert row.pieces == Tokens(form).pieces


def test_tiles_move_until_they_are_the_others(scene):
    row = Tokens(["t", "h", "e", "n"], pad=0.1, gap=0.2)
    target = row.joined("t", "h")
    scene.add(row)
    scene.play(Regroup(row, target), run_time=0.2)
    assert row.pieces == ["th", "e", "n"] and len(row) == 3
    assert row.get_left() == pytest.approx(target.get_left()) and row.width == pytest.approx(target.width)
    assert [text.words for text in Sight([row]).texts] == ["th", "e", "n"], "the guard reads the new tiles"
    scene.play(Regroup(row, row.cut(["t", "hen"])), run_time=0.2)
    assert row.pieces == ["t", "hen"], "and they come apart again"


def test_type_keeps_its_size_on_the_way(scene):
    row = Tokens(["t", "h", "e"], pad=0.1, gap=0.2)
    move = Regroup(row, row.joined("t", "h"))
    move.begin()
    for part in (0.0, 0.4, 0.8):
        move.interpolate(part)
        assert [text.pixels for text in Sight([row]).texts] == pytest.approx([row.size] * 3)


def test_other_letters_are_refused():
    with pytest.raises(ValueError, match="the tiles spell 'ab', their target 'abc'"):
        Regroup(Tokens(["a", "b"]), Tokens(["ab", "c"]))
    with pytest.raises(ValueError, match="has 3 characters, the tiles 2"):
        Tokens(["a", "b"]).written("a b")
