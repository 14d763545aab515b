"""clips.json: valid by its schema, true of the files beside it, added to by every call."""

from __future__ import annotations

import copy
import hashlib
import json
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from render.clips import manifest
from render.errors import BuildError
from tests.clips.conftest import SCENE, Clips
from tests.conftest import ROOT

SCHEMA = json.loads((ROOT / "render/clips/clips.schema.json").read_text(encoding="utf-8"))


def faults(document: Any) -> list[str]:
    """What a manifest lacks of its schema."""
    return [each.message for each in jsonschema.Draft202012Validator(SCHEMA).iter_errors(document)]


def test_the_schema_is_a_schema_of_its_own_version():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$id"].endswith(manifest.VERSION)


def test_the_manifest_is_valid_and_its_schema_lies_beside_it(clips: Clips):
    assert faults(clips.manifest) == []
    beside = json.loads((clips.folder / clips.manifest["$schema"]).read_text(encoding="utf-8"))
    assert beside == SCHEMA


SPOILED: dict[str, Callable[[Any], object]] = {
    "no licence": lambda told: told["clips"][0].pop("licence"),
    "no alt text in English": lambda told: told["clips"][0]["alt"].pop("en"),
    "an empty alt text": lambda told: told["clips"][0]["alt"].update(zh=""),
    "a path that leads out": lambda told: told["clips"][0]["files"][0].update(path="../x.mp4"),
    "a transparent mp4": lambda told: next(
        file for file in told["clips"][0]["files"] if file["format"] == "mp4"
    ).update(transparent=True),
    "a film without a length": lambda told: next(
        file for file in told["clips"][0]["files"] if file["format"] == "webm"
    ).pop("duration"),
    "a field nobody knows": lambda told: told["clips"][0].update(mood="good"),
    "another version": lambda told: told.update(version="2.0"),
    "no checksum": lambda told: told["clips"][0]["files"][0].update(sha256="0"),
}


@pytest.mark.parametrize("what", SPOILED)
def test_the_schema_refuses(clips: Clips, what: str):
    told = copy.deepcopy(clips.manifest)
    SPOILED[what](told)
    assert faults(told)


def test_every_file_is_there_as_it_is_told(clips: Clips):
    told = [file for clip in clips.manifest["clips"] for file in clip["files"]]
    for each in [*told, *(file[what] for file in told for what in ("poster", "preview") if what in file)]:
        path = clips.folder / each["path"]
        assert path.stat().st_size == each["bytes"], path
        assert hashlib.sha256(path.read_bytes()).hexdigest() == each["sha256"], path


def test_a_clip_says_what_it_is_and_whose(clips: Clips):
    scene, beat = clips.entry(SCENE), clips.entry(f"{SCENE}/two")
    assert scene["title"] == {"zh": "画一个方块", "en": "Draw a square"}
    assert scene["alt"]["en"].startswith("The outline of a blue square")
    assert beat["alt"]["en"] == "Then we move it a little to the right."
    assert beat["title"]["en"] == "Draw a square (step 2 of 2)"
    assert beat["position"] == {"chapter": 1, "lecture": 1, "scene": 1, "beat": 2}
    assert beat["source"] == {"file": "scenes/toy.py", "scene": "First"}
    assert [trace["name"] for trace in beat["traces"]] == ["toy/count"]
    for part in (
        "Draw a square",
        "The first lecture",
        "Transformers in Motion",
        "CC BY 4.0",
        "https://creativecommons",
    ):
        assert part in scene["attribution"]["en"]
    assert "《画一个方块》" in scene["attribution"]["zh"]
    assert scene["languages"] == ["zh", "en"]
    assert beat["languages"] == ["zh", "en"]


def test_only_what_does_not_jump_is_loopable(clips: Clips):
    told = [file for clip in clips.manifest["clips"] for file in clip["files"] if "seam" in file]
    assert not any(file["loopable"] for file in told)  # a square appears, then moves: both jump back
    assert all(file["seam"] > 0 for file in told)


def entry(id: str, path: str, language: str = "zh") -> dict[str, Any]:
    """As much of an entry as merging looks at."""
    position = {"chapter": 1, "lecture": 1, "scene": ord(id[-1])}
    return {"id": id, "position": position, "files": [{"path": path, "language": language}]}


def test_files_are_added_and_those_that_are_gone_are_dropped(tmp_path: Path):
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        (tmp_path / name).touch()
    manifest.add(tmp_path, [entry("x/y/B", "b.mp4")])
    manifest.add(tmp_path, [entry("x/y/A", "a.mp4")])
    manifest.add(tmp_path, [entry("x/y/B", "c.mp4", "en")])
    told = manifest.read(tmp_path / "clips.json")["clips"]
    assert [each["id"] for each in told] == ["x/y/A", "x/y/B"]  # in the order of the course
    assert [file["path"] for file in told[1]["files"]] == ["b.mp4", "c.mp4"]
    assert told[1]["languages"] == ["zh", "en"]
    (tmp_path / "b.mp4").unlink()
    manifest.add(tmp_path, [entry("x/y/B", "c.mp4", "en")])
    told = manifest.read(tmp_path / "clips.json")["clips"]
    assert [(each["id"], each["languages"]) for each in told] == [("x/y/A", ["zh"]), ("x/y/B", ["en"])]


def test_a_manifest_that_lies_alone_keeps_what_was_not_made(tmp_path: Path):
    there = {"version": "1.0", "clips": [entry("x/y/A", "elsewhere.mp4") | {"languages": ["zh"]}]}
    (tmp_path / "clips.json").write_text(json.dumps(there))
    (tmp_path / "b.mp4").touch()
    manifest.add(tmp_path, [entry("x/y/B", "b.mp4")])
    told = manifest.read(tmp_path / "clips.json")["clips"]
    assert [each["id"] for each in told] == ["x/y/A", "x/y/B"]
    assert told[0] == there["clips"][0]


def test_calls_at_the_same_time_lose_nothing(tmp_path: Path):
    names = [f"{number}.mp4" for number in range(12)]
    for name in names:
        (tmp_path / name).touch()
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda name: manifest.add(tmp_path, [entry("x/y/A", name)]), names))
    (told,) = manifest.read(tmp_path / "clips.json")["clips"]
    assert [file["path"] for file in told["files"]] == sorted(names)


BROKEN = {
    "not JSON": ("{", "not a manifest of clips"),
    "something else": ('{"version": "1.0"}', "not a manifest of clips"),
    "a later version": ('{"version": "2.1", "clips": []}', "version 2.1, but this course writes 1."),
    "a path that leads out": (json.dumps({"version": "1.0", "clips": [entry("x", "../../etc/passwd")]}), "leads out"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_manifest_of_another_kind_is_left_as_it_is(tmp_path: Path, what: str):
    text, says = BROKEN[what]
    (tmp_path / "clips.json").write_text(text)
    with pytest.raises(BuildError, match=says) as error:
        manifest.add(tmp_path, [])
    assert "\n" not in str(error.value)
    assert (tmp_path / "clips.json").read_text() == text


def test_a_password_in_the_address_of_the_repository_stays_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    address = "https://me:secret@example.org/course.git"
    subprocess.run(["git", "-C", tmp_path, "config", "remote.origin.url", address], check=True)
    monkeypatch.setattr(manifest, "REPOSITORY", tmp_path)
    assert manifest.repository()["url"] == "https://example.org/course.git"
