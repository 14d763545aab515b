"""The stage: beats against the voice, type, grids, the ledger."""

from __future__ import annotations

import wave
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manim import RIGHT, Square, tempconfig

from data_capture.document import TraceError
from data_capture.publication import write_trace
from data_capture.trace import load_trace
from scenes.stage import (
    INK,
    SIZE,
    Bars,
    Code,
    Evolve,
    LectureScene,
    Plot,
    StageError,
    TensorGrid,
    Words,
    sample,
    typeset,
)
from scenes.stage import scene as stage
from scenes.stage.beat import cut
from scenes.stage.typeset import TypesetError, check_characters, compile_typst, page, quote
from scripts.labels import Labels
from voice import Slot


def played(
    durations: Sequence[float], construct: Callable[[LectureScene], None], tmp_path: Path, rate: int = 30
) -> LectureScene:
    """Play `construct` in skip mode on a script whose beats b0, b1, ... last `durations` seconds and 0.4 s of pause."""
    slots, start = [], 0.0
    for index, duration in enumerate(durations):
        beat = SimpleNamespace(name=f"b{index}", text="", spoken="")
        speech = SimpleNamespace(duration=duration, marks={"mid": duration / 2}, wav=tmp_path / "none.wav")
        slots.append(Slot(beat, speech, start, start + duration, start + duration + 0.4))  # type: ignore[arg-type]
        start += duration + 0.4
    script: Any = SimpleNamespace(title="标题", scene=lambda name: script)
    patch = pytest.MonkeyPatch()
    patch.setattr(stage, "read_lecture", lambda *a: script)
    patch.setattr(stage, "load_labels", lambda *a, **k: Labels(tmp_path, "zh", {}))
    patch.setattr(stage, "load_trace", lambda *a: load_trace("lora/merge"))
    patch.setattr(stage, "timeline", lambda *a: tuple(slots))
    scene_class = type("Toy", (LectureScene,), {"lecture": "x/y", "trace_name": "z", "construct": construct})
    options = {"media_dir": str(tmp_path), "save_last_frame": True, "frame_rate": rate, "verbosity": "ERROR"} | {
        "progress_bar": "none"
    }
    try:
        with tempconfig(options):
            scene = scene_class()
            scene.render()
    finally:
        patch.undo()
    return scene


def every_beat(scene: LectureScene) -> None:
    for slot in scene.planned:
        with scene.beat(slot.beat.name) as beat:
            scene.play(Square().animate.shift(RIGHT), run_time=beat.until("mid"))


@settings(deadline=None, max_examples=25)
@given(st.lists(st.floats(1.0, 20.0), min_size=1, max_size=6), st.sampled_from([15, 24, 30, 60]))
def test_beats_never_drift_from_the_voice(tmp_path_factory, durations, rate):
    scene = played(durations, every_beat, tmp_path_factory.mktemp("media"), rate)
    total = sum(durations) + 0.4 * len(durations)
    assert abs(scene._frame / rate - total) <= 0.5 / rate + 1e-9
    assert not scene.late
    assert [slot.start for slot in scene.slots] == [slot.start for slot in scene.planned]


def test_late_animation_moves_all_that_follows_and_is_told(tmp_path):
    def construct(scene):
        with scene.beat("b0"):
            scene.play(Square().animate.shift(RIGHT), run_time=3.4)
        with scene.beat("b1"):
            pass

    scene = played([1.0, 1.0], construct, tmp_path)
    assert scene.late == {"b0": pytest.approx(2.0)}
    assert scene.slots[1].start == pytest.approx(scene.planned[1].start + 2.0)
    assert scene.slots[0].end == pytest.approx(3.4)


@pytest.mark.parametrize(
    ("construct", "message"),
    [
        (lambda s: s.play(Square().animate.shift(RIGHT)), "outside a beat"),
        (lambda s: s.beat("b1").__enter__(), "plays beat 'b1' where x/y/zh.md has 'b0'"),
        (lambda s: None, r"never plays \['b0', 'b1'\]"),
        (lambda s: s.beat("b0").__enter__().hold("nowhere"), "no cue 'nowhere'"),
    ],
)
def test_a_scene_that_leaves_its_script_is_told_where(tmp_path, construct, message):
    with pytest.raises(StageError, match=message):
        played([1.0, 1.0], construct, tmp_path)


def test_hold_reaches_the_cue_and_until_leaves_time_to_see(tmp_path):
    seen = []

    def construct(scene):
        with scene.beat("b0") as beat:
            beat.hold("mid")
            seen.append(beat.now)
            beat.hold("mid")
            seen.append(beat.now)
            seen.append(beat.until("mid"))
            seen.append(beat.remaining)

    played([4.0], construct, tmp_path)
    assert seen == pytest.approx([2.0, 2.0, 0.4, 2.0])


def test_leave_keeps_the_heading(tmp_path):
    def construct(scene):
        first, second = Square(), Square()
        with scene.beat("b0"):
            scene.add(first, second)
            scene.play(*scene.leave(first))
            assert set(scene.mobjects) >= {scene.heading, first}
            assert second not in scene.mobjects

    played([3.0], construct, tmp_path)


def test_cut_takes_the_seconds_asked_for(tmp_path):
    source = tmp_path / "a.wav"
    ramp = np.arange(48000, dtype="<i2")
    with wave.open(str(source), "wb") as file:
        file.setparams((1, 2, 48000, 0, "NONE", ""))
        file.writeframes(ramp.tobytes())
    with wave.open(str(cut(source, 0.25, 0.5, tmp_path / "b.wav")), "rb") as file:
        assert (np.frombuffer(file.readframes(10**6), "<i2") == ramp[12000:24000]).all()
    with wave.open(str(cut(source, 0.9, 7.0, tmp_path / "c.wav")), "rb") as file:
        assert file.getnframes() == 4800


def luminance(color: str) -> float:
    """WCAG 2.2 relative luminance of an sRGB hex colour."""
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_ledger_colour_is_readable_on_ground_and_tile():
    ledger = INK
    inks = {n: c for n, c in vars(ledger).items() if isinstance(c, str) and n not in ("ground", "tile", "line")}
    for name, color in inks.items() | {(f"rank{i}", c) for i, c in enumerate(ledger.ranks)}:
        assert (luminance(color) + 0.05) / (luminance(ledger.ground) + 0.05) >= 4.5, name
    assert min(vars(SIZE).values()) >= 24


def test_characters_the_face_lacks_are_an_error():
    check_characters("全量微调 ΔW ≤ α/r × ′")
    with pytest.raises(TypesetError, match=r"lacks .* \(U\+E000\)"):
        Words("私用 \ue000")


def test_missing_font_is_an_error_that_says_what_to_install(monkeypatch):
    monkeypatch.setattr(typeset, "wheel", lambda family: None)
    typeset.words_file.cache_clear()
    try:
        with pytest.raises(TypesetError, match="pip install justmytype-intl-cjk"):
            typeset.words_file()
    finally:
        monkeypatch.undo()
        typeset.words_file.cache_clear()


@settings(deadline=None, max_examples=50)
@given(st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=20))
def test_quoted_text_is_never_markup(text):
    drawn = compile_typst(page(f"#{quote(text)}", size=20))
    assert drawn.startswith(b"<svg")


def test_words_keep_their_line_whatever_letters_they_hold(tmp_path):
    with tempconfig({"media_dir": str(tmp_path)}):
        low, high = Words("ace"), Words("Agj")
        low.level((0, 1, 0))
        high.level((0, 1, 0))
        # "A" and "g" reach above and below "ace": on one line its ink lies within theirs.
        assert high.get_bottom()[1] < low.get_bottom()[1] < low.get_top()[1] < high.get_top()[1]
        assert Words("一", SIZE.title).height > Words("一", SIZE.label).height


def test_words_wear_their_colours(tmp_path):
    with tempconfig({"media_dir": str(tmp_path)}):
        words = Words("W x", colors={"W": INK.weight})
        assert words[0].get_fill_color().to_hex().lower() == INK.weight.lower()
        assert words[1].get_fill_color().to_hex().lower() == INK.words.lower()


def test_code_panel_takes_twelve_lines_and_lights_one(tmp_path):
    with tempconfig({"media_dir": str(tmp_path)}):
        code = Code(["a = 1", "", "b = 2"]).light(1)
        assert len(code.lines) == 2
        assert code.lines[0][0].get_fill_opacity() < code.lines[1][0].get_fill_opacity() == 1
        with pytest.raises(ValueError, match="1 to 12 lines"):
            Code(["x"] * 13)


def test_grid_shows_sign_and_magnitude():
    grid = TensorGrid(np.array([[1.0, -1.0], [0.0, 0.5]]), INK.weight)
    full, negative, zero, half = grid.cells
    assert full.get_fill_color().to_hex().lower() == INK.weight.lower()
    assert full.get_stroke_width() == 0 < negative.get_stroke_width()
    assert negative.get_fill_color() == zero.get_fill_color()
    assert luminance(zero.get_fill_color().to_hex()) < luminance(half.get_fill_color().to_hex())
    with pytest.raises(ValueError, match="shows a matrix"):
        TensorGrid(np.zeros(3), INK.weight)


def test_evolve_passes_through_each_snapshot_at_its_step():
    snapshots = np.array([[[0.0]], [[1.0]], [[3.0]]])
    grid = TensorGrid(snapshots[0], INK.weight, scale=3.0)
    evolve = Evolve(grid, snapshots, np.array([0, 10, 100]))
    for alpha, value in ((0.0, 0.0), (0.05, 0.5), (0.1, 1.0), (0.55, 2.0), (1.0, 3.0)):
        evolve.interpolate_mobject(alpha)
        assert grid.values[0, 0] == pytest.approx(value)


@settings(deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 15), st.integers(1, 15))
def test_sample_keeps_corners_and_never_invents(rows, columns, shown_rows, shown_columns):
    tensor = np.arange(rows * columns, dtype=float).reshape(rows, columns)
    picked = sample(tensor, shown_rows, shown_columns)
    assert picked.shape == (min(rows, shown_rows), min(columns, shown_columns))
    assert set(picked.ravel()) <= set(tensor.ravel())
    assert picked[0, 0] == tensor[0, 0]
    if shown_rows > 1 and shown_columns > 1:
        assert picked[-1, -1] == tensor[-1, -1]


def test_bars_share_an_edge_and_a_unit(tmp_path):
    with tempconfig({"media_dir": str(tmp_path)}):
        bars = Bars([("甲", 2.0, INK.weight, "2"), ("乙乙", 4.0, INK.update, "4")], unit=0.5)
        first, second = bars.bars
        assert first.get_left()[0] == pytest.approx(second.get_left()[0])
        assert second.width == pytest.approx(2 * first.width) == pytest.approx(2.0)


def test_plot_puts_points_where_its_axes_say(tmp_path):
    with tempconfig({"media_dir": str(tmp_path)}):
        plot = Plot(4, 2, (0, 100), (1, 3), "步", "损失")
        assert plot.point(0, 1) == pytest.approx(plot.frame.get_corner(np.array([-1, -1, 0])))
        assert plot.point(100, 3) == pytest.approx(plot.frame.get_corner(np.array([1, 1, 0])))
        curve = plot.curve([0, 100], [1, 3], INK.gradient)
        assert curve.get_start() == pytest.approx(plot.point(0, 1))


def test_a_trace_of_the_wrong_type_is_refused_before_anything_is_drawn(tmp_path, monkeypatch):
    from scenes.adapter import LoraScene

    root = tmp_path / "traces"
    trace = load_trace("lora/merge")
    tensors = {name: (trace[name], spec.what) for name, spec in trace.specs.items()}
    tensors["W"] = (trace["W"].astype("float64"), "weights in the wrong type")
    write_trace(root, "lora/merge", tensors, trace.values, trace.events, trace.provenance)
    monkeypatch.setenv("LECTURE_TRACES", str(root))
    scene = type("LoraMerge", (LoraScene,), {})
    message = r"tensor 'W' is float64 \(128, 128\), but float32 is needed"
    with tempconfig({"media_dir": str(tmp_path), "save_last_frame": True}), pytest.raises(TraceError, match=message):
        scene().render()
