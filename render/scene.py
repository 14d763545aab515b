"""One scene, rendered silent through manim's public interface: a video and the time line that was played.

video.mp4       H.264 without B-frames, every picture on the frame grid, a key frame where a beat starts
                (.webm, .mov: with what is transparent, in the forms of render/forms.py)
timeline.json   scene, title, language, fps, frames, beats with their times, late beats, what the guard found
findings/       the pictures in which that is marked, if there is any
voice/          the speech the scene was timed by (`<n>.wav`, `<n>.json`), so that the stitch needs
nothing else
voice.wav       all of it on the scene's clock, up to the last word, as loud as the course is
voice.m4a       the same, encoded for films (render/sound.py)
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import shutil
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from render.apart import Say
from render.errors import BuildError
from render.face import dressed, look_of
from render.forms import FORMS, Form
from render.forms import form as formed
from render.quality import Quality, quality
from render.sound import encode
from scenes.look import Look
from store import CourseError
from store.entries import REPOSITORY
from voice.audio import RATE, read

if TYPE_CHECKING:
    from manim import Scene


@dressed
def make(
    folder: Path,
    deps: dict[str, Path],
    say: Say,
    *,
    module: str,
    scene: str,
    language: str,
    voice: str,
    quality_name: str,
    held: bool,
    look: Mapping[str, Any] | None = None,
    form_name: str = "h264",
    beats: tuple[int, int] | None = None,
) -> None:
    """Render `scene` of `scenes.<module>` into `folder`. Raises BuildError naming scene and beat.

    `look` is what `Look.told` says, by default of the course's own; the files of its fonts are in
    `deps["face words"]` and `deps["face code"]`.
    `held`: pictures that stand still are written once; False for a constant frame rate. `beats` [first, end): draw
    these, only play those before, and leave out those after.
    """
    os.environ |= {"LECTURE_LANG": language, "LECTURE_VOICE": voice}
    chosen, form = quality(quality_name), formed(form_name)
    worn = look_of(look, deps)
    if not (worn.ground or form.alpha):
        raise BuildError(
            f"{form_name} cannot be transparent; use {' or '.join(f.name for f in FORMS.values() if f.alpha)}"
        )
    say("importing manim", 0.0)
    played = render(load(module, scene), folder, chosen, held, say, beats, worn, form)
    video = played.renderer.file_writer.video
    if video is None:
        raise BuildError("it plays nothing; every scene needs at least one beat with a picture")
    describe(played, folder, chosen, video.frames, language, say, beats[0] if beats else 0)


def load(module: str, scene: str) -> type[Scene]:
    """The scene's class, by module and name."""
    try:
        found = getattr(importlib.import_module(f"scenes.{module}"), scene, None)
    except CourseError:
        raise
    except Exception as error:
        raise BuildError(f"scenes/{module}.py cannot be imported: {one_line(error)}{place(error)}") from error
    if found is None:
        raise BuildError(f"scenes/{module}.py has no class {scene}")
    return found


def render(
    kind: type[Scene],
    folder: Path,
    chosen: Quality,
    held: bool,
    say: Say,
    beats: tuple[int, int] | None = None,
    look: Look | None = None,
    form: Form = FORMS["h264"],
) -> Any:
    """Render to `folder`/video.<ending> and return the scene.

    manim's defaults count, never a manim.cfg that lies around.
    """
    from configparser import ConfigParser

    import manim
    from manim.mobject.svg.svg_mobject import SVG_HASH_TO_MOB_MAP

    from render.renderer import renderer

    # manim's copies of formulas it has set before differ in the last bits: a scene must not depend on the one before
    SVG_HASH_TO_MOB_MAP.clear()

    defaults = ConfigParser()
    defaults.read(Path(manim.__file__).parent / "_config" / "default.cfg", encoding="utf-8")
    manim.config.digest_parser(defaults)
    media = folder / "media"  # manim's folders are not safe for two processes: one each, swept with the step
    settings = {
        "media_dir": str(media),
        "pixel_width": chosen.width,
        "pixel_height": chosen.height,
        "frame_rate": chosen.fps,
        "disable_caching": True,
        "verbosity": "ERROR",
        "progress_bar": "none",
    }
    with manim.tempconfig(settings):
        scene = kind(renderer=renderer(kind, folder / f"video{form.ending}", chosen, held, form))
        scene.look = look  # type: ignore[attr-defined]
        scene.voiced = False  # type: ignore[attr-defined]
        scene.stills = folder / "findings"  # type: ignore[attr-defined]
        follow(scene, say, beats)
        # What is there now stays: the collector need not walk it again and again while frames are drawn.
        gc.collect()
        gc.freeze()
        try:
            scene.render()
        except BaseException as error:
            scene.renderer.file_writer.abort_encode_jobs()
            if isinstance(error, Exception):
                raise BuildError(blame(scene, error)) from error
            raise
        finally:
            gc.unfreeze()
    shutil.rmtree(media, ignore_errors=True)
    return scene


def follow(scene: Any, say: Say, beats: tuple[int, int] | None) -> None:
    """Tell the builder which beat is on and how far the scene is; keep to the beats that are wanted."""
    from manim.utils.exceptions import EndSceneEarlyException

    opened, number = scene.next_section, 0

    def next_section(name: str = "unnamed", *arguments: Any, **options: Any) -> None:
        nonlocal number
        total = beats[1] if beats else len(getattr(scene, "planned", ())) or 10
        if beats and number == beats[1]:
            scene.planned = scene.planned[:number]
            raise EndSceneEarlyException()
        say(name, min(number / total, 1.0))
        opened(name, *arguments, **options, skip_animations=beats is not None and number < beats[0])
        number += 1

    scene.next_section = next_section


def blame(scene: Any, error: Exception) -> str:
    """One line: beat, what happened and where. The step's own name says scene and language."""
    name = type(scene).__name__
    if isinstance(error, CourseError):
        return str(error).removeprefix(f"scene {name}").lstrip(":, ")
    now = getattr(scene, "now", None)
    beat = f"beat {now.slot.beat.name!r}: " if now is not None else ""
    return f"{beat}{one_line(error)}{place(error)}"


def one_line(error: BaseException) -> str:
    """Kind and message of an exception without line breaks."""
    return " ".join(f"{type(error).__name__}: {error}".split()).rstrip(": ")


def place(error: BaseException) -> str:
    """Where in this repository it happened: the innermost line of ours."""
    ours = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(REPOSITORY / "scenes")
    ]
    return f" ({Path(ours[-1].filename).relative_to(REPOSITORY)}:{ours[-1].lineno})" if ours else ""


def describe(
    scene: Any, folder: Path, chosen: Quality, frames: int, language: str, say: Say, first_beat: int = 0
) -> None:
    """Write the time line that was played, and the speech it was timed by; the film starts with `first_beat`."""
    name = type(scene).__name__
    expected = round(scene.slots[-1].end * chosen.fps) if scene.slots else 0
    expected -= round(scene.slots[first_beat].start * chosen.fps) if first_beat else 0
    if frames != expected:
        raise BuildError(f"{frames} frames were written where its beats need {expected}")
    voices = folder / "voice"
    voices.mkdir()
    beats = []
    for number, slot in enumerate(scene.slots):
        shutil.copyfile(slot.speech.wav, voices / f"{number}.wav")
        slot.speech.save(voices / f"{number}.json")
        spoken = json.loads((voices / f"{number}.json").read_text(encoding="utf-8"))
        (voices / f"{number}.json").write_text(
            json.dumps(spoken | {"wav": f"{number}.wav"}, ensure_ascii=False), encoding="utf-8"
        )
        beats.append(
            {
                "name": slot.beat.name,
                "start": slot.start,
                "voice_end": slot.voice_end,
                "end": slot.end,
                "first_frame": round(slot.start * chosen.fps),
                "end_frame": round(slot.end * chosen.fps),
            }
        )
    level([(beat["start"], voices / f"{number}.wav") for number, beat in enumerate(beats)], folder / "voice.wav")
    encode(read(folder / "voice.wav"), folder / "voice.m4a")
    late = dict(getattr(scene, "late", {}))
    for beat, seconds in late.items():
        say.warn(f"scene {name} ({language}), beat {beat!r}: the picture ends {seconds:.2f} s late")
    findings = [str(finding) for finding in scene.guard.findings]
    for finding in findings:
        say.warn(finding)
    timeline = {
        "scene": name,
        "title": scene.script.title,
        "language": language,
        "fps": chosen.fps,
        "frames": frames,
        "beats": beats,
        "late": late,
        "findings": findings,
    }
    (folder / "timeline.json").write_text(json.dumps(timeline, ensure_ascii=False, indent=1), encoding="utf-8")


def level(pieces: Sequence[tuple[float, Path]], out: Path) -> None:
    """Speech at its seconds in one file, at the course's loudness: a lecture only joins what is level already.

    A word alone is too short to be measured and stays as it was spoken.
    """
    from voice.loudness import compose, normalise
    from voice.speech import VoiceError

    laid = out.with_name("laid.wav")
    compose(pieces, max((start + read(wav).size / RATE for start, wav in pieces), default=0.0), laid)
    try:
        normalise(laid, out)
    except VoiceError:
        laid.replace(out)
    laid.unlink(missing_ok=True)
