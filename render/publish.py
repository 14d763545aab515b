"""Results where people look: `build/lectures/<chapter>/<lecture>.<language>.*` (in a look of its own
`<lecture>.<language>.<look>.*`), written beside and renamed."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from render.plan import Plan
from render.transcripts import write
from store import StoreError
from store.entries import REPOSITORY, file_hash
from store.errors import disk_error

BUILD = REPOSITORY / "build"


def publish(plan: Plan, folders: Mapping[str, Path], build: Path = BUILD) -> dict[str, Path]:
    """Lay out a built lecture; returns what is where: video, facts, captions, page, chapters, poster, preview."""
    lecture, language = plan.lecture, plan.lecture.language
    stem = build / "lectures" / f"{lecture.id}.{language}{plan.look.suffix}"
    stitched, card, preview = (folders[step.name] for step in plan.targets)
    files = {
        "video": (stitched / "lecture.mp4", ".mp4"),
        "poster": (card / "poster.png", ".png"),
        "preview": (preview / "preview.gif", ".gif"),
        "facts": (stitched / "facts.json", ".json"),
        "chapters": (stitched / "chapters.vtt", ".chapters.vtt"),
        "chapters for YouTube": (stitched / "chapters.txt", ".chapters.txt"),
    }
    for each in plan.languages:
        part = "" if each == language else f".{each}"
        for kind in ("srt", "vtt"):
            files[f"captions {each} {kind}"] = (stitched / f"{each}.{kind}", f"{part}.{kind}")
    placed = {}
    try:
        for what, (source, ending) in files.items():
            placed[what] = place(source, Path(f"{stem}{ending}"))
        placed["page"] = Path(f"{stem}.md")
        if not (placed["page"].is_file() and placed["page"].read_text(encoding="utf-8") == lecture.page):
            write(placed["page"], lecture.page)
    except OSError as error:
        raise disk_error(error, build) or StoreError(f"cannot write below {build}: {error}") from error
    return placed


def place(source: Path, target: Path) -> Path:
    """Copy a file of a store entry; nothing happens when the same bytes are there already."""
    known = json.loads((source.parent / "manifest.json").read_bytes())["files"][source.name]
    if target.is_file() and target.stat().st_size == known["size"] and file_hash(target) == known["sha256"]:
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    os.close(handle)
    try:
        shutil.copyfile(source, beside)
        Path(beside).chmod(0o644)
        Path(beside).replace(target)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
    return target


def facts(folder: Path) -> dict[str, object]:
    """What the stitch measured."""
    found: dict[str, object] = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    return found
