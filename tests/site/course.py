"""A tiny course for the site: a lecture with a video of nine seconds and every widget, a page, a lecture planned."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
from PIL import Image

from render.captions import Cue
from render.clips import manifest
from render.transcripts import srt, vtt

ID = "01-toy/first"
DURATION, FPS = 9, 10
BEATS = [[0.5, 3.0, "First", "one"], [3.0, 5.0, "First", "two"], [5.0, 9.0, "Second", "last"]]
BAD = '<script>window.bad = 1</script><img src="x" onerror="window.bad = 2">'

OUTLINE = """
title: {zh: 小课程, en: A toy course}
topics: [{id: squares, title: {zh: 方块, en: Squares}}]
mechanisms: [{id: drawing, title: {zh: 画, en: Drawing}}]
chapters:
  - id: 01-toy
    title: {zh: 玩具, en: Toys}
    level: beginner
    lectures:
      - id: first
        title: {zh: 第一课, en: The first lecture}
        level: beginner
        status: video
        scenes: scenes/toy.py
        traces: [lora/merge, fsdp/step, numbers/dequantize, tokenization/bpe]
        topics: [squares]
        animates: [drawing]
        points: [{zh: "`draw` 画一个方块 <b>粗</b>", en: "`draw` a square <b>bold</b>"}]
      - {id: second, title: {zh: 第二课, en: The second lecture}, level: advanced, status: page, after: [01-toy/first]}
  - id: 02-later
    title: {zh: 以后, en: Later}
    level: intermediate
    lectures:
      - {id: third, title: {zh: 第三课, en: The third lecture}, level: intermediate, status: planned}
"""
WORDS = {
    "zh": {
        "title": f"第一课 {BAD}",
        "first": "画一个方块",
        "second": "再画一个",
        "one": f"先画一个方块，秩是 {{value}}`rank <d>`。1 < 2 & {BAD}",
        "two": "把它向右移动一点。",
        "last": "最后再画一个方块，这一课就结束了。",
        "text": f"奇异值分解把矩阵写成三个矩阵的乘积，秩一目了然。{BAD}",
    },
    "en": {
        "title": f"The first lecture {BAD}",
        "first": "Draw a square",
        "second": "Draw another",
        "one": f"First we draw a square of rank {{value}}`rank <d>`. 1 < 2 & {BAD}",
        "two": "Then we move it a little to the right.",
        "last": "At last we draw another square, and the lecture is over.",
        "text": f"Singular value decomposition writes matrices as a product of three. {BAD}",
    },
}
CAPTIONS = {
    "zh": ["先画一个方块，秩是 8。", f"1 < 2 & {BAD}", "把它向右移动一点。", "最后再画一个方块，", "这一课就结束了。"],
    "en": [
        "First we draw a square of rank 8.",
        f"1 < 2 & {BAD}",
        "Then we move it a little to the right.",
        "At last we draw another square,",
        "and the lecture is over.",
    ],
}
TIMES = [(0.5, 2.0), (2.0, 2.9), (3.0, 4.8), (5.0, 7.0), (7.0, 8.8)]
PAGE = """---
title: '{title}'
---

## 1

{text} $W' = W + BA$

$$
\\frac{{\\alpha}}{{r}} B A x
$$

::::{{scene}} First
:title: {first}

:::{{beat}} one
{one}
:::

:::{{beat}} two
{two}
:::
::::

::::{{scene}} Second
:title: {second}

:::{{beat}} last
{last}
:::
::::

:::{{example}} draw.py
:::

:::{{output}} draw.py
:::

```{{raw}} html
<script>window.bad = 3</script>
```

::::{{exercise}} X
:::{{note}}
{text}
:::
::::

:::{{solution}}
$x$
:::

| a | b |
|---|---|
| `very_long_name_that_does_not_break` | `another_long_name_that_does_not_break_either` |
"""
PROGRAM = '''"""画方块 · Draw a square.

Environment: nothing to install.
"""

import sys

side = 3

# draw
for _ in range(side):
    print("#" * side, file=sys.stdout)
'''
PRINTED = "# stand-in weights: 2026-01-01 · Python 3.11.7 · CPU\n###\n###\n###\n"


def write_scripts(root: Path) -> None:
    """The words."""
    (root / ID / "examples").mkdir(parents=True)
    (root / "01-toy/second").mkdir()
    (root / "course.yaml").write_text(OUTLINE, encoding="utf-8")
    (root / ID / "examples/draw.py").write_text(PROGRAM, encoding="utf-8")
    (root / ID / "examples/draw.out").write_text(PRINTED, encoding="utf-8")
    for language, words in WORDS.items():
        (root / ID / f"{language}.md").write_text(PAGE.format(**words), encoding="utf-8")
        second = (
            f"---\ntitle: {'第二课' if language == 'zh' else 'The second lecture'}\n---\n\n## 1\n\n" + "page\n\n" * 40
        )
        (root / f"01-toy/second/{language}.md").write_text(second, encoding="utf-8")


def write_film(build: Path, language: str = "zh") -> None:
    """What `lecture build` would publish for one voice."""
    stem = build / "lectures" / f"{ID}.{language}"
    stem.parent.mkdir(parents=True, exist_ok=True)
    write_video(Path(f"{stem}.mp4"))
    for each, texts in CAPTIONS.items():
        cues = [Cue(start, end, (text,)) for (start, end), text in zip(TIMES, texts, strict=True)]
        part = "" if each == language else f".{each}"
        Path(f"{stem}{part}.vtt").write_text(vtt(cues), encoding="utf-8")
        Path(f"{stem}{part}.srt").write_text(srt(cues), encoding="utf-8")
    words = WORDS[language]
    chapters = [[0.0, 5.0, words["first"]], [5.0, 9.0, words["second"]]]
    facts = {"duration": DURATION, "chapters": chapters, "beats": BEATS}
    Path(f"{stem}.json").write_text(json.dumps(facts), encoding="utf-8")


QUOTED = 'A square, "as drawn" & <b>bold</b>'


def write_clips(build: Path) -> None:
    """What `lecture clips` would lay out: two scenes and a beat, the second scene in Chinese and on another topic."""
    folder = build / "clips"
    clips = [
        clip("First", "", 1, ("zh", "en")),
        clip("First", "one", 1, ("en",)),
        clip("Second", "", 2, ("zh",)) | {"topics": [], "mechanisms": []},
    ]
    for each in clips:
        for file in each["files"]:
            path = folder / file["path"]
            path.parent.mkdir(parents=True, exist_ok=True)
            if file["format"] == "mp4":
                write_video(path)
            else:
                path.write_text('<svg xmlns="http://www.w3.org/2000/svg"/>', encoding="utf-8")
            for what in ("poster", "preview"):
                if what in file:
                    write_picture(folder / file[what]["path"], moving=what == "preview")
    shutil.copy(Path(manifest.__file__).parent / manifest.SCHEMA, folder)
    told = {
        "$schema": manifest.SCHEMA,
        "version": manifest.VERSION,
        "course": {"title": {"zh": "小课程", "en": "A toy course"}, "credit": manifest.COURSE},
        "licence": manifest.LICENCE,
        "repository": {"url": None, "revision": None, "changed": None, "version": "0"},
        "clips": clips,
    }
    (folder / manifest.FILE).write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")


def clip(scene: str, beat: str, number: int, languages: Sequence[str]) -> manifest.Entry:
    """An entry with an MP4 for each language and one SVG."""
    id = "/".join(filter(None, (ID, scene, beat)))
    title = {language: f"{scene} {beat}".strip() for language in ("zh", "en")}
    position = {"chapter": 1, "lecture": 1, "scene": number} | ({"beat": 1} if beat else {})
    return {
        "id": id,
        "kind": "beat" if beat else "scene",
        "title": title,
        "alt": {"zh": "一个方块", "en": QUOTED},
        "chapter": {"id": "01-toy", "title": {"zh": "玩具", "en": "Toys"}},
        "lecture": {"id": ID, "title": {"zh": "第一课", "en": "The first lecture"}, "level": "beginner"},
        "position": position,
        "topics": ["squares"],
        "mechanisms": ["drawing"],
        "licence": manifest.LICENCE,
        "attribution": {"zh": f"《{scene}》，CC BY 4.0", "en": f"“{scene}”, CC BY 4.0"},
        "source": {"file": "scenes/toy.py", "scene": scene},
        "traces": [manifest.provenance("lora/merge")],
        "languages": list(languages),
        "files": [*(clip_file(id, "mp4", language) for language in languages), clip_file(id, "svg", languages[0])],
    }


def clip_file(id: str, kind: str, language: str) -> manifest.Entry:
    """What a manifest says of a file."""
    known = {"bytes": 1, "sha256": "0" * 64}
    film = {
        "duration": float(DURATION),
        "fps": FPS,
        "frames": DURATION * FPS,
        "seam": 0.5,
        "loopable": False,
        "poster": {"path": f"{id}.{language}.poster.webp", **known},
        "preview": {"path": f"{id}.{language}.preview.webp", **known},
    }
    return known | {
        "path": f"{id}.{language}.{kind}",
        "format": kind,
        "media": "video/mp4" if kind == "mp4" else "image/svg+xml",
        "language": language,
        "quality": "l",
        "theme": {"name": "dark", "sha256": "0" * 64},
        "text": True,
        "transparent": False,
        "voiced": kind == "mp4",
        "voice": "espeak",
        "width": 320,
        "height": 180,
        "command": f"lecture clips --id {id}",
        "made_with": {"av": "1"},
        **(film if kind == "mp4" else {}),
    }


def write_picture(path: Path, moving: bool) -> None:
    """A WebP picture, or one of three pictures."""
    frames = [Image.new("RGB", (320, 180), (20 + 60 * number, 40, 60)) for number in range(3 if moving else 1)]
    frames[0].save(path, save_all=moving, append_images=frames[1:], duration=200)


def write_video(path: Path) -> None:
    """Nine seconds that grow brighter, with a quiet tone; H.264 and AAC like ours."""
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as out:
        picture = out.add_stream("libx264", rate=FPS, options={"g": "10", "preset": "ultrafast"})
        picture.width, picture.height, picture.pix_fmt = 320, 180, "yuv420p"
        sound = out.add_stream("aac", rate=48_000, layout="mono")
        for number in range(DURATION * FPS):
            frame = av.VideoFrame.from_ndarray(np.full((180, 320, 3), 20 + 2 * number, np.uint8), format="rgb24")
            out.mux(picture.encode(frame))
        out.mux(picture.encode())
        tone = (np.sin(np.arange(DURATION * 48_000) * 0.05) * 0.01).astype(np.float32)
        for start in range(0, tone.size, 1024):
            piece = av.AudioFrame.from_ndarray(tone[None, start : start + 1024], format="fltp", layout="mono")
            piece.sample_rate, piece.pts = 48_000, start
            out.mux(sound.encode(piece))
        out.mux(sound.encode())
