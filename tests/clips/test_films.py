"""Films of clips: constant in rate, as long as they say, cut without encoding, transparent where they say so."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from render.clips.pictures import frames
from tests.clips.conftest import SCENE, Clips

FILMS = [
    ("mp4", {"language": "zh"}, "h264", "yuv420p", "aac"),
    ("mp4", {"language": "en"}, "h264", "yuv420p", None),
    ("webm", {"transparent": False}, "vp9", "yuv420p", "opus"),
    ("webm", {"transparent": True}, "vp9", "yuv420p", None),  # what is transparent goes beside the picture
    ("prores", {"transparent": True}, "prores", "yuva444p10le", None),
]


def packets(path: Path) -> list[bytes]:
    """The pictures of a film as they were encoded."""
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


@pytest.mark.parametrize("id", [SCENE, f"{SCENE}/one", f"{SCENE}/two"])
@pytest.mark.parametrize(("format", "facts", "codec", "pixels", "sound"), FILMS)
def test_films_are_what_the_manifest_says(
    clips: Clips, id: str, format: str, facts: dict[str, Any], codec: str, pixels: str, sound: str | None
):
    told = clips.file(id, format, **facts)
    with av.open(str(clips.folder / told["path"])) as film:
        stream = film.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == (codec, pixels)
        assert (stream.width, stream.height) == (told["width"], told["height"]) == (854, 480)
        assert stream.average_rate == told["fps"] == 15
        assert [each.codec_context.name for each in film.streams.audio] == ([sound] if sound else [])
        assert told["voiced"] == bool(sound)
        assert "CC BY 4.0" in {name.lower(): text for name, text in film.metadata.items()}["copyright"]
        shown: list[Any] = [packet for packet in film.demux(stream) if packet.size]
        times = [packet.pts * packet.time_base for packet in shown]
    assert len(times) == told["frames"] == round(told["duration"] * told["fps"])
    assert times[0] == 0
    assert all(abs((after - before) - 1 / 15) < 0.0011 for before, after in pairwise(times))  # WebM counts milliseconds


@pytest.mark.parametrize(("format", "facts"), [each[:2] for each in FILMS])
def test_beats_are_cut_out_of_the_scene_without_encoding(clips: Clips, format: str, facts: dict[str, Any]):
    scene, *beats = (packets(clips.path(id, format, **facts)) for id in (SCENE, f"{SCENE}/one", f"{SCENE}/two"))
    assert beats[0] + beats[1] == scene
    assert beats[0] and beats[1]


def test_a_beat_has_its_part_of_the_voice(clips: Clips):
    def heard(id: str) -> np.ndarray:
        with av.open(str(clips.path(id, "mp4"))) as film:
            return np.concatenate([frame.to_ndarray()[0] for frame in film.decode(audio=0)])

    scene, one, two = (np.abs(heard(id)) for id in (SCENE, f"{SCENE}/one", f"{SCENE}/two"))
    assert min(each.max() for each in (scene, one, two)) > 0.1
    seconds = clips.file(f"{SCENE}/one", "mp4")["duration"]
    assert abs(one.size / 48_000 - seconds) < 0.05
    assert np.corrcoef(level(scene)[: level(one).size], level(one))[0, 1] > 0.98


def level(samples: np.ndarray) -> np.ndarray:
    """How loud each hundredth of a second is."""
    return samples[: samples.size // 480 * 480].reshape(-1, 480).mean(axis=1)


@pytest.mark.parametrize("format", ["webm", "prores"])
@pytest.mark.parametrize("id", [SCENE, f"{SCENE}/two"])
def test_what_is_transparent_varies(clips: Clips, id: str, format: str):
    seen = [frame.to_ndarray(format="rgba")[..., 3] for frame in frames(clips.path(id, format, transparent=True))]
    assert len(seen) == clips.file(id, format, transparent=True)["frames"]
    for alpha in (seen[0], seen[-1]):
        assert alpha.min() == 0 and alpha.max() > 200
        assert 0.001 < (alpha > 128).mean() < 0.2  # a heading and the outline of a square
    assert (np.abs(seen[0].astype(int) - seen[-1]) > 128).any()


def test_what_stands_on_a_ground_is_opaque(clips: Clips):
    frame = next(frames(clips.path(SCENE, "webm", transparent=False)))
    assert not frame.format.name.startswith("yuva")


def test_a_scene_drawn_for_the_lecture_is_not_drawn_again(clips: Clips):
    assert "film First zh mp4" in clips.said
    assert "scene First" not in clips.said and "speech" not in clips.said


def test_what_was_made_is_not_made_again(clips: Clips, tmp_path: Path):
    asked = (
        "--id",
        SCENE,
        "--format",
        "mp4",
        "--format",
        "gif",
        "--lang",
        "zh",
        "--quality",
        "l",
        "--out",
        str(tmp_path),
    )
    done = clips.course.run("clips", *asked)
    assert "1 clips, 2 files" in done.stdout and "nothing to do" in done.stdout
