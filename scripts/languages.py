"""The languages of the course, and those a lecture may be written in beside them: `languages.yaml`.

LANGUAGES                       # ("zh", "en"): pages, outline and site
language("es").iso              # "spa"
written("09-lora/merge")        # ("zh", "en"), and "es" where es.md stands beside them
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from store import CourseError

ROOT = Path(__file__).parent
FILE = ROOT / "languages.yaml"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times faster where libyaml is there


class LanguageError(CourseError):
    """A language nobody described, or a description that lacks something."""


@dataclass(frozen=True)
class Language:
    """One language; `languages.yaml` says what each field is."""

    code: str
    name: str
    iso: str
    voice: str
    rate: int
    columns: int
    spaced: bool
    chapter: str
    animation: str
    note: str
    warning: str
    exercise: str
    solution: str
    question: str


@cache
def table() -> Mapping[str, Language]:
    """All languages that are described, by code."""
    keys = {each.name for each in fields(Language)} - {"code"}
    found = {}
    for code, told in _file()["languages"].items():
        if told.keys() != keys:
            odd = ", ".join(sorted(told.keys() ^ keys))
            raise LanguageError(f"{FILE.name}: {code} lacks, or has for no use: {odd}; write what the others have")
        found[code] = Language(code, **told)
    return found


@cache
def _file() -> dict[str, Any]:
    """The file as it stands."""
    told: dict[str, Any] = yaml.load(FILE.read_text(encoding="utf-8"), Loader=LOADER)
    return told


def language(code: str) -> Language:
    """A language by its code."""
    if code not in table():
        raise LanguageError(f"unknown language {code!r}; there is {', '.join(table())}, others enter {FILE.name}")
    return table()[code]


def written(lecture: str, root: Path = ROOT) -> tuple[str, ...]:
    """The languages of a lecture: those of which a script stands in its folder, the course's own first."""
    return tuple(code for code in table() if (root / lecture / f"{code}.md").is_file())


LANGUAGES: tuple[str, ...] = tuple(_file()["course"])
