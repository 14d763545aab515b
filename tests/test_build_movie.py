"""The finished movie, read back: times, chapters, captions, loudness, and pictures that go with the voice."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.captions import Cue
from render.card import SECONDS
from render.errors import BuildError
from render.held import HeldVideo
from render.quality import KEY_SECONDS, Quality, quality
from render.sound import FRAME, nearest
from render.sound import encode as encode_sound
from render.stitch import mux
from render.subtitles import Chapter, chapters_text, chapters_vtt, mov_text
from render.video import encode, length, look, packets, stills
from tests.conftest import LECTURE, Course
from voice.audio import write as write_wav
from voice.loudness import measure

LOW = quality("l")
RATE = 48_000


def played(path: Path) -> np.ndarray:
    """What a player plays: mono samples from second 0, the encoder's priming taken away as the file says."""
    samples = np.zeros(0, np.float32)
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            start = round((frame.pts or 0) * (frame.time_base or 0) * RATE)
            piece = frame.to_ndarray()[0]
            piece, start = (piece[-start:], 0) if start < 0 else (piece, start)
            samples = np.pad(samples, (0, max(0, start + piece.size - samples.size)))
            samples[start : start + piece.size] = piece
    return samples


def times(path: Path, kind: str) -> list[Fraction]:
    """Presentation times of all packets of a stream."""
    with av.open(str(path)) as container:
        stream = getattr(container.streams, kind)[0]
        return sorted(packet.pts * packet.time_base for packet in container.demux(stream) if packet.size)


# A movie of the toy course


def test_movie_has_every_stream(once: Course):
    with av.open(str(once.movie)) as movie:
        assert movie.streams.video[0].codec_context.name == "h264"
        assert movie.streams.video[0].codec_context.pix_fmt == "yuv420p"
        assert movie.streams.audio[0].codec_context.name == "aac"
        assert movie.streams.audio[0].codec_context.sample_rate == RATE
        tracks = [(track.metadata["language"], bool(track.disposition & 1)) for track in movie.streams.subtitles]
        assert tracks == [("zho", True), ("eng", False)]
        assert movie.streams.audio[0].metadata["language"] == "zho"
        assert movie.metadata["title"] == "第一课：方块"
        assert "CC BY 4.0" in movie.metadata["copyright"]
        chapters = movie.chapters()
    assert [chapter["metadata"]["title"] for chapter in chapters] == ["画一个方块", "再画一个"]
    assert chapters[0]["start"] == 0
    assert all(one["end"] == two["start"] for one, two in pairwise(chapters))
    head = once.movie.read_bytes()[:4096]
    assert head.index(b"moov") < 64  # fast start


def test_movie_is_as_long_as_voice_and_pauses(once: Course):
    voices: dict[str, float] = {}
    for path in (once.root / "build/store/entries").glob("*/*/durations.json"):
        voices |= json.loads(path.read_text())
    assert len(voices) == 3
    expected = SECONDS + sum(voices.values()) + 0.4 + 1.0 + 1.0
    pictures = times(once.movie, "video")
    assert abs(float(pictures[-1]) + 1 / LOW.fps - expected) < 0.1
    assert abs(played(once.movie).size / RATE - expected) < 0.1


def scenes(course: Course) -> list[Path]:
    """Folders of rendered scenes."""
    return sorted(path.parent for path in (course.root / "build/store/entries").glob("*/*/timeline.json"))


def keys(path: Path) -> list[Fraction]:
    """Times of key frames."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return [
            packet.pts * packet.time_base for packet in container.demux(stream) if packet.size and packet.is_keyframe
        ]


def test_movie_holds_what_stands_still(once: Course):
    pictures = times(once.movie, "video")
    assert all((moment * LOW.fps).denominator == 1 for moment in pictures)
    assert length(once.movie, LOW.fps) == pictures[-1] * LOW.fps + 1 > 1.5 * len(pictures)


def test_scene_is_as_long_as_its_time_line_and_has_a_key_frame_at_every_beat(once: Course):
    for folder in scenes(once):
        line = json.loads((folder / "timeline.json").read_text())
        assert length(folder / "video.mp4", LOW.fps) == line["frames"] == line["beats"][-1]["end_frame"]
        assert {Fraction(beat["first_frame"], LOW.fps) for beat in line["beats"]} <= set(keys(folder / "video.mp4"))


def test_constant_rate_shows_the_same(built: Course, once: Course):
    done = built.build("--cfr")
    assert done.returncode == 0, done.stderr
    pictures = times(built.movie, "video")
    assert pictures == [Fraction(number, LOW.fps) for number in range(length(once.movie, LOW.fps))]
    numbers = range(0, len(pictures), 7)
    constant, held = (stills(course.movie, numbers, LOW.fps) for course in (built, once))
    for number in numbers:
        difference = np.abs(np.asarray(constant[number], int) - np.asarray(held[number], int))
        assert difference.mean() < 1, f"frame {number}"


def test_movie_is_as_loud_as_it_should_be(once: Course, tmp_path: Path):
    write_wav((played(once.movie) * 32767).astype(np.int16), tmp_path / "played.wav")
    assert abs(measure(tmp_path / "played.wav").integrated + 16) < 1


def test_captions_of_both_languages_lie_on_the_voice(once: Course):
    stem = str(once.movie.with_suffix(""))
    for ending, words in ((".srt", "最后再画一个方块"), (".en.srt", "At last we draw another square")):
        text = Path(stem + ending).read_text(encoding="utf-8")
        assert words in text
        begin = next(block for block in text.split("\n\n") if words in block).split("\n")[1][6:12]
        chapter = Path(stem + ".chapters.vtt").read_text(encoding="utf-8").split("\n\n")[2][6:12]
        assert abs(float(begin.replace(",", ".")) - float(chapter)) < 1 / LOW.fps  # its beat opens the scene
    first = Path(stem + ".chapters.txt").read_text(encoding="utf-8").splitlines()
    assert first == ["0:00 画一个方块", f"0:{int(float(chapter)):02d} 再画一个"]


def test_page_poster_and_preview(once: Course):
    from PIL import Image

    stem = str(once.movie.with_suffix(""))
    assert "这里有一个方块" in Path(stem + ".md").read_text(encoding="utf-8")
    with Image.open(stem + ".png") as poster, Image.open(stem + ".gif") as preview:
        assert poster.size == (LOW.width, LOW.height)
        assert len(set(poster.convert("L").tobytes())) > 50  # words, not an empty ground
        assert preview.n_frames > 3  # what stands still is one long frame


def test_sheet(built: Course):
    from PIL import Image

    done = built.run("sheet", LECTURE, "--lang", "zh", "--quality", "l")
    assert done.returncode == 0, done.stderr
    with Image.open(built.root / f"build/sheets/{LECTURE}.zh/First.png") as picture:
        assert picture.width > 2000 and picture.height > 400


# Joining, on pictures made here


def plain(out: Path, level: int, count: int, chosen: Quality = LOW) -> Path:
    """A video of one grey."""
    frame = np.full((chosen.height, chosen.width, 3), level, np.uint8)
    encode((frame for _ in range(count)), out, chosen)
    return out


def test_sound_and_picture_stay_together(tmp_path: Path):
    """Clicks where the picture changes: after stitching both are where they were, to the millisecond."""
    counts, levels = [17, 31, 8, 64], [20, 220, 40, 200]
    videos = [
        plain(tmp_path / f"{number}.mp4", level, count)
        for number, (level, count) in enumerate(zip(levels, counts, strict=True))
    ]
    starts = np.cumsum([0, *counts])[:-1] / LOW.fps
    click = np.zeros(round(0.3 * RATE), np.int16)
    click[:24] = 20000
    encode_sound(click, tmp_path / "voice.m4a")
    voices = [(start, tmp_path / "voice.m4a") for start in starts[1:]]
    cues = {"zh": [Cue(0.5, 1.5, ("一行",))], "en": [Cue(0.5, 1.0, ("one", "two"))]}
    chapters = [Chapter(0, 4, "甲"), Chapter(4, 8, "乙")]
    out = tmp_path / "out.mp4"
    assert mux(out, videos, LOW.fps, voices, cues, chapters, {"title": "t"}, "zh") == sum(counts)

    heard = played(out)
    assert 0 <= sum(counts) / LOW.fps * RATE - heard.size < FRAME
    for start in map(nearest, starts[1:]):
        around = heard[round((start - 0.02) * RATE) : round((start + 0.02) * RATE)]
        assert abs(float(np.argmax(np.abs(around))) / RATE - 0.02) < 0.0015
    frames = stills(out, range(sum(counts)), LOW.fps)
    grey = [int(np.asarray(frames[number].convert("L")).mean()) for number in range(sum(counts))]
    changes = [number for number in range(1, len(grey)) if abs(grey[number] - grey[number - 1]) > 50]
    assert changes == list(np.cumsum(counts)[:-1])


def test_parts_of_other_quality_are_refused(tmp_path: Path):
    one = plain(tmp_path / "one.mp4", 9, 3)
    other = plain(tmp_path / "other.mp4", 9, 3, Quality("x", 640, 360, 15))
    with pytest.raises(BuildError, match=r"other\.mp4 cannot be joined by copying: its size is 640x360, not 854x480"):
        list(packets([one, other], LOW.fps))


def test_parts_with_b_frames_are_refused(tmp_path: Path):
    path = tmp_path / "b.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=15, options={"bf": "2"})
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for number in range(20):
            pixels = np.full((64, 64, 3), number * 10, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels)))
        container.mux(stream.encode())
    with pytest.raises(BuildError, match="B-frames"):
        list(packets([path], 15))


def test_parts_of_another_rate_are_refused(tmp_path: Path):
    path = plain(tmp_path / "one.mp4", 9, 3)
    with pytest.raises(BuildError, match=r"one\.mp4 is not on a grid of 10 frames per second"):
        list(packets([path, path], 10))


def grey(level: int) -> np.ndarray:
    """A picture of one grey."""
    return np.full((LOW.height, LOW.width, 4), level, np.uint8)


def levels(path: Path, count: int) -> list[int]:
    """The grey of each frame."""
    found = stills(path, range(count), LOW.fps)
    return [round(float(np.asarray(found[number].convert("L")).mean())) for number in range(count)]


@pytest.mark.parametrize("held", [True, False])
def test_every_frame_shows_what_was_written(tmp_path: Path, held: bool):
    video = HeldVideo(tmp_path / "v.mp4", LOW, held)
    wanted = [20] * 5 + [200] + [90] * 40 + [140] * 2 + [20] * 9
    for number, level in enumerate(wanted):
        if number == 20:
            video.key()
        video.write(grey(level))
    video.write(grey(70), repeat=8)
    video.close()
    assert length(tmp_path / "v.mp4", LOW.fps) == video.frames == len(wanted) + 8
    shown = levels(tmp_path / "v.mp4", video.frames)
    assert all(abs(a - b) < 4 for a, b in zip(shown, wanted + [70] * 8, strict=True))
    assert Fraction(20, LOW.fps) in keys(tmp_path / "v.mp4")
    packets_written = len(times(tmp_path / "v.mp4", "video"))
    assert packets_written == (8 if held else video.frames)  # 6 pictures, one of them twice, and the last frame


def test_motion_has_key_frames_to_jump_to(tmp_path: Path):
    video = HeldVideo(tmp_path / "v.mp4", LOW)
    for number in range(2 * KEY_SECONDS * LOW.fps + 3):
        video.write(grey(20 + number % 2))
    video.close()
    found = [*keys(tmp_path / "v.mp4"), Fraction(video.frames, LOW.fps)]
    assert all(after - before <= KEY_SECONDS for before, after in pairwise(found))


def test_encoder_that_fails_says_so_and_leaves_nothing(tmp_path: Path):
    video = HeldVideo(tmp_path / "v.mp4", LOW)
    with pytest.raises(ValueError, match="array"):
        for number in range(100):
            video.write(grey(number)[:, :, :3] if number == 3 else grey(number))
        video.close()
    video.abort()
    assert not (tmp_path / "v.mp4").exists()


def test_same_frames_same_bytes(tmp_path: Path):
    one, two = plain(tmp_path / "one.mp4", 100, 20), plain(tmp_path / "two.mp4", 100, 20)
    assert one.read_bytes() == two.read_bytes()
    assert look(one)["size"] == "854x480"


@given(st.floats(0, 7200))
def test_a_voice_starts_within_half_a_packet_of_its_picture(second: float):
    assert abs(nearest(second) - second) <= FRAME / RATE / 2 + 1e-9


def test_voices_sound_in_a_film_as_they_do_alone(tmp_path: Path):
    """Laid one right after the other and after silence, each decodes to what it was; between them nothing is heard."""
    dice, video = np.random.default_rng(0), plain(tmp_path / "v.mp4", 9, 60)
    sizes, starts = [20_000, 9_000, 30_000], [0.37, 0.9, 2.5]
    pieces = []
    for number, (size, start) in enumerate(zip(sizes, starts, strict=True)):
        tone = np.sin(np.arange(size) * (0.02 + 0.01 * number)) * 9000 + dice.normal(0, 300, size)
        encode_sound(tone.astype(np.int16), tmp_path / f"{number}.m4a")
        pieces.append((start, tmp_path / f"{number}.m4a", tone / 32768))
    out = tmp_path / "out.mp4"
    mux(out, [video], LOW.fps, [(start, path) for start, path, _ in pieces], {}, [Chapter(0, 4, "a")], {}, "zh")
    heard, silent = played(out), np.ones(round(60 / LOW.fps * RATE), bool)
    for start, _, tone in pieces:
        first = round(nearest(start) * RATE)
        piece = heard[first : first + tone.size]
        assert np.corrcoef(piece, tone)[0, 1] > 0.99
        assert np.abs(piece - tone).max() < 0.1
        silent[first - FRAME : first + tone.size + FRAME] = False
    assert np.abs(heard[silent[: heard.size]]).max() < 1e-4


def test_chapters_as_text():
    chapters = [Chapter(0, 61.5, "A <b> & c"), Chapter(61.5, 3700, "二")]
    assert chapters_text(chapters) == "0:00 A <b> & c\n1:01 二\n"
    assert "A &lt;b&gt; &amp; c" in chapters_vtt(chapters, "en")
    assert list(mov_text([Cue(1.0, 2.5, ("é", "b"))])) == [(1000, 1500, b"\0\4\xc3\xa9\nb")]
