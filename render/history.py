"""What each step read when it last ran and how long it took: why it must run again, and when a build will end.

Kept beside the store's entries, one small file per step name. Losing it costs explanations and estimates, nothing
else.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from render.transcripts import write
from store import key

if TYPE_CHECKING:
    from render.graph import Step


class History:
    """Notes below `<root>/history`."""

    def __init__(self, root: Path) -> None:
        self._folder = root / "history"

    def note(self, step: Step, seconds: float) -> None:
        """A step ran: remember the hash of each thing it read."""
        record = {"name": step.name, "key": step.key, "seconds": round(seconds, 2), "parts": flat(step.parts)}
        with suppress(OSError):
            write(self._path(step), json.dumps(record, ensure_ascii=False, indent=1))

    def seconds(self, step: Step) -> float | None:
        """How long it took last time."""
        return self._last(step).get("seconds")

    def why(self, step: Step) -> str:
        """Why a step that is not in the store must run, in a few words."""
        last = self._last(step)
        if not last:
            return "never built here"
        before, now = last["parts"], flat(step.parts)
        changed = [each for each in {**before, **now} if before.get(each) != now.get(each)]
        return "changed: " + ", ".join(sorted(changed)) if changed else "its result is missing or damaged"

    def _last(self, step: Step) -> dict[str, Any]:
        try:
            record = json.loads(self._path(step).read_bytes())
            return record if record["name"] == step.name and isinstance(record["parts"], dict) else {}
        except (OSError, ValueError, KeyError, TypeError):
            return {}

    def _path(self, step: Step) -> Path:
        """By name and size of the picture: drafts and finished videos are built in turn."""
        quality = step.arguments.get("quality_name", "")
        return self._folder / f"{hashlib.sha256(f'{step.name} {quality}'.encode()).hexdigest()[:32]}.json"


def flat(parts: dict[str, Any]) -> dict[str, str]:
    """What a step reads, as label -> short hash."""
    found: dict[str, str] = {}
    for group, value in parts.items():
        if not isinstance(value, dict):
            found[group] = key([value])[:16]
            continue
        for name, each in value.items():
            inner = each.items() if isinstance(each, dict) and name in ("versions", "traces") else [("", each)]
            for part, thing in inner:
                found[label(group, name, part)] = key([thing])[:16]
    return found


def label(group: str, name: str, part: str) -> str:
    """What people call it: `words`, `version of av`, `trace lora/merge`, `source scenes/lora.py`, `speech`."""
    if part:
        return f"version of {part}" if name == "versions" else f"trace {part}"
    return f"source {name}" if group == "sources" else name
