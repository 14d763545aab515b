"""A lecture out of its parts: pictures and voice copied packet by packet, captions and chapters laid over them.

lecture.mp4             H.264 + AAC 48 kHz, fast start, chapters, captions in both languages as selectable tracks
<language>.srt, .vtt    the captions; chapters.vtt and chapters.txt (for YouTube) likewise
facts.json              duration, frames, loudness, chapters, beats (what a player steps by)
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from render.apart import Say
from render.captions import Cue, captions, dubbed
from render.errors import BuildError
from render.quality import quality
from render.sound import nearest
from render.sound import packets as sounds
from render.subtitles import ASS_HEADER, Chapter, chapters_text, chapters_vtt, mov_text
from render.transcripts import srt, vtt
from render.video import length, packets
from scripts.languages import language as tongue
from voice import Slot, Speech
from voice.loudness import integrated

if TYPE_CHECKING:
    from scripts.reader import Lecture

LICENCE = "CC BY 4.0, https://creativecommons.org/licenses/by/4.0/"


def make(
    folder: Path,
    deps: dict[str, Path],
    say: Say,
    *,
    lecture: str,
    language: str,
    languages: Sequence[str],
    course: str,
    scenes: Sequence[str],
    quality_name: str,
) -> None:
    """Stitch `deps["card"]` and `deps[scene]` for all scenes, in order."""
    from scripts.reader import read_lecture

    lectures = {each: read_lecture(lecture, each) for each in (language, *(x for x in languages if x != language))}
    fps = quality(quality_name).fps
    lines = [json.loads((deps[scene] / "timeline.json").read_text(encoding="utf-8")) for scene in scenes]
    shown, frame = [], length(deps["card"] / "card.mp4", fps)
    opening = frame / fps
    for line in lines:
        shown.append(frame / fps)
        frame += line["frames"]
    duration = frame / fps
    starts = [nearest(second) for second in shown]
    heard = [slots(lectures[language], line, deps[scene]) for scene, line in zip(scenes, lines, strict=True)]

    say("measuring the loudness", 0.1)
    loudness = integrated([deps[scene] / "voice.wav" for scene in scenes])

    say("writing captions and chapters", 0.5)
    cues = {each: cues_of(each, lectures, starts, heard, language) for each in lectures}
    ends = [*shown[1:], duration]
    first = [0.0, *shown[1:]]  # the card opens the first chapter: players and YouTube want one at 0
    chapters = [Chapter(a, b, line["title"]) for a, b, line in zip(first, ends, lines, strict=True)]
    for each, found in cues.items():
        (folder / f"{each}.srt").write_text(srt(found), encoding="utf-8")
        (folder / f"{each}.vtt").write_text(vtt(found), encoding="utf-8")
    (folder / "chapters.vtt").write_text(chapters_vtt(chapters, language), encoding="utf-8")
    (folder / "chapters.txt").write_text(chapters_text(chapters), encoding="utf-8")

    say("joining", 0.6)
    videos = [deps["card"] / "card.mp4", *(deps[scene] / "video.mp4" for scene in scenes)]
    metadata = {
        "title": lectures[language].title,
        "album": course,
        "copyright": LICENCE,
        "comment": LICENCE,
        "language": tongue(language).iso,
    }
    voices = [(start, deps[scene] / "voice.m4a") for start, scene in zip(starts, scenes, strict=True)]
    written = mux(folder / "lecture.mp4", videos, fps, voices, cues, chapters, metadata, language)
    if written != frame:
        raise BuildError(f"{lecture} {language}: {written} frames were joined where the time lines have {frame}")
    facts = {
        "duration": duration,
        "opening": opening,
        "frames": frame,
        "fps": fps,
        "loudness": loudness,
        "voice": sum(slot.speech.duration for spoken in heard for slot in spoken),
        "chapters": [[chapter.start, chapter.end, chapter.title] for chapter in chapters],
        "beats": [
            [start + beat["first_frame"] / fps, start + beat["end_frame"] / fps, line["scene"], beat["name"]]
            for start, line in zip(shown, lines, strict=True)
            for beat in line["beats"]
        ],
        "late": {scene: line["late"] for scene, line in zip(scenes, lines, strict=True) if line["late"]},
    }
    (folder / "facts.json").write_text(json.dumps(facts, ensure_ascii=False, indent=1), encoding="utf-8")


def slots(lecture: Lecture, line: Mapping[str, Any], folder: Path) -> tuple[Slot, ...]:
    """What a scene played, from its folder, with the words of the script."""
    beats = lecture.scene(line["scene"]).beats
    return tuple(
        Slot(beat, Speech.load(folder / f"voice/{number}.json"), played["start"], played["voice_end"], played["end"])
        for number, (beat, played) in enumerate(zip(beats, line["beats"], strict=True))
    )


def cues_of(
    language: str,
    lectures: Mapping[str, Lecture],
    starts: Sequence[float],
    heard: Sequence[Sequence[Slot]],
    voice_language: str,
) -> list[Cue]:
    """Captions in one language on the clock of the voice that is heard."""
    if language == voice_language:
        return captions(list(zip(starts, heard, strict=True)), language)
    pairs = zip(lectures[voice_language].scenes, lectures[language].scenes, strict=True)
    read = [dubbed(spoken, silent(other.beats, spoken)) for (_, other), spoken in zip(pairs, heard, strict=True)]
    return captions(list(zip(starts, read, strict=True)), language)


def silent(beats: Sequence[Any], heard: Sequence[Slot]) -> tuple[Slot, ...]:
    """Beats that are only read: their words spread by length over the voice that is heard."""
    from dataclasses import replace

    from voice.words import estimated

    return tuple(
        replace(slot, beat=beat, speech=replace(slot.speech, words=estimated(beat.spoken, slot.speech.duration)))
        for beat, slot in zip(beats, heard, strict=True)
    )


def mux(
    out: Path,
    videos: Sequence[Path],
    fps: int,
    voices: Sequence[tuple[float, Path]],
    cues: Mapping[str, Sequence[Cue]],
    chapters: Sequence[Chapter],
    metadata: Mapping[str, str],
    language: str,
) -> int:
    """Write the file; returns its number of frames.

    `voices`: the second at which each scene's `voice.m4a` starts. `cues` in the order of the caption tracks.
    `chapters` cover all of the film.
    """
    import av

    millisecond = Fraction(1, 1000)
    count = 0
    with (
        av.open(str(videos[0])) as model,
        av.open(str(voices[0][1])) as spoken,
        av.open(str(out), "w", options={"movflags": "+faststart"}) as container,
    ):
        container.metadata.update(metadata)
        picture = container.add_stream_from_template(model.streams.video[0])
        sound: Any = container.add_stream_from_template(spoken.streams.audio[0])
        sound.metadata["language"] = tongue(language).iso
        tracks = {}
        for each in cues:
            track: Any = container.add_stream("mov_text")
            track.codec_context.time_base = millisecond
            track.codec_context.subtitle_header = ASS_HEADER
            track.metadata.update(language=tongue(each).iso, handler_name=tongue(each).name)
            track.disposition = av.stream.Disposition.default if each == language else av.stream.Disposition(0)
            tracks[each] = track
        container.set_chapters(
            [
                {
                    "id": number,
                    "start": round(chapter.start * 1000),
                    "end": round(chapter.end * 1000),
                    "time_base": millisecond,
                    "metadata": {"title": chapter.title},
                }
                for number, chapter in enumerate(chapters)
            ]
        )
        streams = [timed_pictures(videos, picture, fps), timed_sound(voices, chapters[-1].end, sound)]
        streams += [timed_text(found, tracks[each], millisecond) for each, found in cues.items()]
        for _, _, packet in heapq.merge(*streams, key=lambda item: item[0]):
            if packet.stream is picture:
                count = packet.pts + packet.duration
            container.mux(packet)
    return count


def timed_pictures(videos: Sequence[Path], stream: Any, fps: int) -> Iterator[tuple[float, int, Any]]:
    """(seconds, 0, packet) of all pictures."""
    for packet in packets(videos, fps):
        packet.stream = stream
        yield packet.pts / fps, 0, packet


def timed_sound(voices: Sequence[tuple[float, Path]], duration: float, stream: Any) -> Iterator[tuple[float, int, Any]]:
    """(seconds, 1, packet) of the voice."""
    for packet in sounds(voices, duration):
        packet.stream = stream
        yield float(packet.dts * packet.time_base), 1, packet


def timed_text(cues: Sequence[Cue], stream: Any, unit: Fraction) -> Iterator[tuple[float, int, Any]]:
    """(seconds, 2, packet) of captions."""
    import av

    for start, duration, payload in mov_text(cues):
        packet = av.Packet(payload)
        packet.pts = packet.dts = start
        packet.duration, packet.time_base, packet.stream = duration, unit, stream
        yield start / 1000, 2, packet
