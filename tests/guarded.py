"""Toy scenes for the guard: a script of a few beats, the LoRA trace, and a `construct` that is good or broken."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from scenes.stage import LectureScene
from scenes.stage import scene as stage
from scenes.stage.guard import Finding
from scenes.stage.guard.check import played
from scripts.labels import load_labels
from voice import Slot

PAUSE = 0.4


def guarded(
    construct: Callable[[Any], None],
    folder: Path,
    said: Sequence[str] = ("一个节拍",),
    voices: Sequence[float] | None = None,
    language: str = "zh",
    labels: Mapping[str, Mapping[str, str]] | None = None,
) -> list[Finding]:
    """What the guard finds when `construct` plays beats b0, b1, ... that say these texts for so many seconds (4)."""
    slots, start = [], 0.0
    for index, (text, voice) in enumerate(zip(said, voices or [4.0] * len(said), strict=True)):
        beat = SimpleNamespace(name=f"b{index}", text=text, spoken=text)
        speech = SimpleNamespace(duration=voice, marks={"mid": voice / 2}, wav=folder / "none.wav")
        slots.append(Slot(beat, speech, start, start + voice, start + voice + PAUSE))  # type: ignore[arg-type]
        start += voice + PAUSE
    script: Any = SimpleNamespace(title="标题", scene=lambda name: script)
    patch = pytest.MonkeyPatch()
    patch.setattr(stage, "read_lecture", lambda *a: script)
    patch.setattr(stage, "load_labels", lambda *a, **k: load_labels("toy", language, folder))
    patch.setattr(stage, "timeline", lambda *a: tuple(slots))
    if labels:
        (folder / "toy").mkdir()
        lines = (f"{name}: {{{', '.join(f'{k}: {v!r}' for k, v in words.items())}}}" for name, words in labels.items())
        (folder / "toy/labels.yaml").write_text("\n".join(lines), encoding="utf-8")
    toy = type("Toy", (LectureScene,), {"lecture": "toy", "trace_name": "lora/merge", "construct": construct})
    try:
        with played(toy, language, folder / "stills") as scene:
            return list(scene.guard.findings)
    finally:
        patch.undo()
