"""What cannot be made is told in one line before anything runs; what can is named for good."""

from __future__ import annotations

from typing import Any

import pytest

from render.clips.make import ordered
from render.clips.order import Clip, clips_of
from scripts.course import load_course
from scripts.reader import read_lecture
from store import CourseError

LORA = "09-lora/merge"
USUAL: dict[str, Any] = {
    "lectures": [LORA],
    "ids": [],
    "scene": None,
    "beat": None,
    "look": (None, None, True),
    "formats": ["mp4"],
    "languages": ["zh"],
    "quality_name": "l",
    "voice": "espeak",
    "voiced": None,
}
IMPOSSIBLE: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown lecture": ({"lectures": ["09-lora/marge"]}, r"unknown lecture '09-lora/marge'"),
    "an unknown scene": ({"scene": "LoraMarge"}, r"no scene 'LoraMarge' in 09-lora/merge; there is .*LoraMerge"),
    "an unknown beat": ({"beat": "ad"}, r"no beat 'ad' in 09-lora/merge; there is .*add"),
    "a beat of another scene": (
        {"scene": "LoraTrain", "beat": "add"},
        r"no beat 'add' in LoraTrain; there is backward",
    ),
    "an unknown id": ({"ids": [f"{LORA}/LoraMerge/ad"]}, r"no clip .*; did you mean 09-lora/merge/LoraMerge/add"),
    "an id of nothing": ({"ids": ["lora"]}, r"no clip 'lora'; an id is LECTURE/Scene or LECTURE/Scene/beat"),
    "an unknown format": ({"formats": ["mp4", "avi"]}, r"no format 'avi'; there is mp4, webm"),
    "an unknown quality": ({"quality_name": "x"}, r"no quality 'x'"),
    "an unknown theme": ({"look": ("pink", True, True)}, r"no theme 'pink'"),
    "a GIF with voice": ({"formats": ["gif"], "voiced": True}, r"gif has no sound; .* use mp4, webm, prores"),
    "an SVG with voice": ({"formats": ["svg"], "voiced": True}, r"svg has no sound"),
    "a transparent mp4": ({"look": ("dark", True, False)}, r"mp4 keeps nothing transparent; .* use webm, prores"),
    "transparent slides": ({"formats": ["pptx"], "look": ("dark", True, False)}, r"pptx keeps nothing transparent"),
    "slides of a beat": ({"formats": ["html"], "beat": "add"}, r"html holds whole scenes .* leave out --beat"),
    "slides of a beat's id": (
        {"formats": ["pptx"], "ids": [f"{LORA}/LoraMerge/add"]},
        r"pptx holds whole scenes: ask for 09-lora/merge/LoraMerge",
    ),
}


@pytest.mark.parametrize("what", IMPOSSIBLE)
def test_what_cannot_be_made(what: str):
    changed, says = IMPOSSIBLE[what]
    with pytest.raises(CourseError, match=says) as error:
        ordered(**USUAL | changed)
    assert "\n" not in str(error.value)


def asked(**changed: Any) -> list[str]:
    """The ids that are made."""
    return [clip.id for _, clips in ordered(**USUAL | changed) for clip in clips]


def test_a_lecture_is_its_scenes_and_their_beats():
    script = read_lecture(LORA, "en")
    beats = sum(len(scene.beats) for scene in script.scenes)
    assert len(asked()) == len(script.scenes) + beats
    assert asked(scene="LoraMerge") == [
        f"{LORA}/LoraMerge{end}" for end in ("", "/outer", "/add", "/same", "/unmerge", "/close")
    ]
    assert asked(scene="LoraMerge", beat="add") == [f"{LORA}/LoraMerge/add"]
    assert asked(formats=["html"], scene="LoraMerge") == [f"{LORA}/LoraMerge"]
    assert asked(lectures=[], ids=[f"{LORA}/LoraMerge"]) == [f"{LORA}/LoraMerge"]


def test_every_clip_of_the_course_has_an_id_and_a_file_of_its_own():
    (order, _), *_ = ordered(**USUAL)
    filmed = [lecture.id for lecture in load_course().lectures if lecture.modules]
    found = [clip for id in filmed for clip in clips_of(read_lecture(id, "zh"))]
    assert len({clip.id for clip in found}) == len({order.path(clip) for clip in found}) == len(found) > 100


def test_files_of_unlike_orders_have_unlike_names():
    clip = Clip(LORA, "LoraMerge", "add")
    unlike: list[dict[str, Any]] = [
        {},
        {"languages": ["en"]},
        {"quality_name": "m"},
        {"voiced": False},
        {"voice": "recorded:my voice"},
        {"look": ("light", True, True)},
        {"look": ("dark", False, True)},
        {"formats": ["webm"]},
        {"formats": ["webm"], "look": ("dark", True, False)},
        {"formats": ["webp"]},
    ]
    paths = [ordered(**USUAL | changed)[0][0].path(clip) for changed in unlike]
    assert len(set(paths)) == len(unlike)
    assert paths[0] == "09-lora/merge/LoraMerge/add.zh.480p.mp4"
