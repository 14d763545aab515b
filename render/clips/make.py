"""What `lecture clips` does: carry out orders, lay the files out, and tell of them in `clips.json`."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from render.building import shown
from render.clips import manifest
from render.clips.order import Clip, Order, chosen, identified, order
from render.clips.steps import SINGLE, SLIDES_WITH, Made, planned
from render.errors import BuildError
from render.graph import Step, Where, build
from render.plan import DRAWN_WITH, versions
from render.publish import place
from render.quality import quality
from render.show import Show
from scenes.look import Look, read_theme, shipped
from scenes.look import chosen as worn_look
from store import Store, StoreError, key
from store.errors import disk_error
from voice import get_voice

Wanted = Sequence[tuple[Order, Sequence[Clip]]]


def ordered(
    lectures: Sequence[str],
    ids: Sequence[str],
    scene: str | None,
    beat: str | None,
    look: tuple[str | None, bool | None, bool],
    formats: Sequence[str],
    languages: Sequence[str],
    quality_name: str,
    voice: str,
    voiced: bool | None,
) -> Wanted:
    """What is asked for, checked before anything runs. `look`: what `scenes.look.chosen` takes."""
    theme = look[0] or os.environ.get("LECTURE_THEME", "dark")
    worn = worn_look(*look)
    wanted = []
    for name in dict.fromkeys(formats):
        for language in languages:
            asked = order(name, language, quality_name, worn, theme, voice, voiced)
            clips = [identified(id, asked.format) for id in ids]
            wanted.append((asked, clips or chosen(lectures, scene, beat, asked.format)))
    return wanted


def make_clips(wanted: Wanted, out: Path, where: Where | None = None) -> Path:
    """Make these clips below `out`, and tell what was made; returns the manifest."""
    started, store, show = time.monotonic(), Store(), Show()
    made: list[Made] = []
    folders: dict[str, Path] = {}
    entries: dict[str, manifest.Entry] = {}
    for each, clips in wanted:
        get_voice(each.voice)
        made += planned(each, clips)
        for clip in clips:
            entries[clip.id] = entries.get(clip.id) or manifest.entry(clip.lecture, clip.scene, clip.beat)
    for batch in together(made):
        found = build(targets(batch), store, show, where)
        folders |= {step.key: found[step.name] for step in targets(batch)}
    for one in made:
        print(lay_out(one, folders, out, entries))
    path = manifest.add(out, entries.values())
    did = f"{show.finished} steps" if show.finished else "nothing to do"
    files = sum(len(each["files"]) for each in entries.values())
    print(
        f"\n{len(entries)} clips, {files} files; {shown(path)} tells of them; {did}, {time.monotonic() - started:.1f} s"
    )
    return path


def together(made: Iterable[Made]) -> list[list[Made]]:
    """What one build can do: the names of its steps say neither quality nor voice."""
    batches: dict[tuple[str, ...], list[Made]] = {}
    for each in made:
        order = each.order
        batches.setdefault((order.quality_name, order.voice, key(order.look.told())), []).append(each)
    return list(batches.values())


def targets(made: Iterable[Made]) -> list[Step]:
    """The steps whose files are laid out, each once."""
    steps = [step for each in made for step in (*each.steps.values(), each.pictures) if step]
    return list({step.name: step for step in steps}.values())


def lay_out(made: Made, folders: Mapping[str, Path], out: Path, entries: dict[str, manifest.Entry]) -> str:
    """Put the files of a scene's clips where people look, and their facts into `entries`; returns a line about them."""
    facts: dict[str, Any] = {}
    if made.pictures:
        facts = json.loads((folders[made.pictures.key] / "facts.json").read_text(encoding="utf-8"))
    try:
        for clip in made.clips:
            entries[clip.id]["files"].append(described(made, clip, folders, out, facts.get(clip.part, {})))
    except OSError as error:
        raise disk_error(error, out) or StoreError(f"cannot write below {out}: {error}") from error
    first, *rest = made.clips
    more = f" and {len(rest)} beats" if rest else ""
    return f"{shown(out / made.order.path(first))}{more}"


def described(
    made: Made, clip: Clip, folders: Mapping[str, Path], out: Path, facts: Mapping[str, Any]
) -> manifest.Entry:
    """Lay out one file with its poster and preview; returns what the manifest says of it."""
    order, step = made.order, made.steps[clip]
    format = order.format
    file = laid(folders[step.key] / f"{clip.part}{format.ending}", out, order.path(clip))
    pictures = {}
    if made.pictures:
        for what in ("poster", "preview"):
            source = folders[made.pictures.key] / f"{clip.part}.{what}.webp"
            pictures[what] = laid(source, out, order.picture(clip, what))
    drawn_with = DRAWN_WITH + (SLIDES_WITH if format.name in ("pptx", "html") else ())
    return manifest.facts(
        file
        | {
            "format": format.name,
            "media": format.media,
            "language": order.language,
            "quality": order.quality_name,
            "theme": {"name": Path(order.theme).name, "sha256": key(order.look.theme.told())},
            "text": order.look.text,
            "transparent": not order.look.ground,
            "voiced": order.voiced,
            "voice": order.voice,
            **measured(out / order.path(clip), order, facts),
            **pictures,
            "command": order.command(clip),
            "made_with": versions(tuple(dict.fromkeys(drawn_with))),
        }
    )


def laid(source: Path, out: Path, path: str) -> manifest.Entry:
    """A file of a step put at `path` below `out`: its path, size and checksum."""
    place(source, out / path)
    known = json.loads((source.parent / "manifest.json").read_bytes())["files"][source.name]
    return {"path": path, "bytes": known["size"], "sha256": known["sha256"]}


def measured(path: Path, order: Order, facts: Mapping[str, Any]) -> manifest.Entry:
    """Size, time and whether it may go on for ever without a jump; what a still has not is left out."""
    chosen, name = quality(order.quality_name), order.format.name
    if name == "svg":
        from render.clips.vector import SIZE

        return {"width": SIZE[0], "height": SIZE[1]}
    frames = facts["end"] - facts["first"]
    found = {"width": chosen.width, "height": chosen.height, "duration": round(frames / chosen.fps, 6)}
    if name in ("pptx", "html"):
        return found | {"slides": facts["beats"]}
    found |= {"fps": chosen.fps, "frames": frames, "seam": facts["seam"], "loopable": facts["loopable"]}
    if name in SINGLE and name != "png-sequence":
        from PIL import Image

        from render.clips.animate import MOVING

        with Image.open(path) as picture:
            found |= {"width": picture.width, "height": picture.height}
        rate = MOVING[1]
        count = max(1, round(frames / chosen.fps * rate))
        found |= {"fps": rate, "frames": count, "duration": count / rate}
    return found


def again(path: Path, ids: Sequence[str], formats: Sequence[str], languages: Sequence[str]) -> tuple[Wanted, list[str]]:
    """The orders by which a manifest's clips were made, and what has changed since, a line each."""
    document = manifest.read(path)
    known = {each["id"]: each for each in document["clips"]}
    wanted: list[tuple[Order, list[Clip]]] = []
    changed: list[str] = []
    for id in ids or known:
        if id not in known:
            raise BuildError(f"{path}: no clip {id!r}; there is {', '.join(list(known)[:4])}, ...")
        entry, before = known[id], len(wanted)
        for file in entry["files"]:
            try:
                fits = file["format"] in (formats or [file["format"]])
                fits = fits and file["language"] in (languages or [file["language"]])
                if not fits:
                    continue
                theme = file["theme"]["name"]
                named = theme if theme in shipped() else str(path.parent / theme)
                look = Look(read_theme(named), file["text"], not file["transparent"])
                told = (
                    file["format"],
                    file["language"],
                    file["quality"],
                    look,
                    named,
                    file["voice"],
                    file["voiced"] or None,
                )
                asked = order(*told)
                wanted.append((asked if file["voiced"] else silent(asked), [identified(id, asked.format)]))
                if key(look.theme.told()) != file["theme"]["sha256"]:
                    changed.append(f"{file['path']}: the theme {theme} has other colours or fonts now")
            except (KeyError, TypeError) as error:
                raise BuildError(f"{path}: {id}: its file lacks {error}; make the clips again") from None
        if len(wanted) == before:
            raise BuildError(f"{path}: {id} has no file of this format and language")
        for trace in entry.get("traces", ()):
            if manifest.provenance(trace["name"])["digest"] != trace["digest"]:
                changed.append(f"{id}: the trace {trace['name']} is not the one it was made from")
    return wanted, changed


def silent(asked: Order) -> Order:
    """The same without a voice."""
    from dataclasses import replace

    return replace(asked, voiced=False)
