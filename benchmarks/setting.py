"""What is measured, where and how often."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Setting:
    """`folder` is scratch space; `sentence` is a text that occurs once in the script, for the rebuild."""

    folder: Path
    lecture: str = "09-lora/merge"
    language: str = "zh"
    quality: str = "h"
    rounds: int = 3

    @property
    def build(self) -> tuple[str, ...]:
        """Arguments of `lecture` for the build that is measured."""
        return ("build", self.lecture, "--lang", self.language, "--quality", self.quality)

    def said(self, line: str) -> None:
        """Progress, for whoever waits."""
        print(line, file=sys.stderr, flush=True)
