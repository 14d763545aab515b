"""What the site says in its own voice, `words.yaml`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml


@cache
def words(language: str) -> dict[str, str]:
    """Every entry in one language."""
    text = (Path(__file__).parent / "words.yaml").read_text(encoding="utf-8")
    return {key: entry[language] for key, entry in yaml.safe_load(text).items()}
