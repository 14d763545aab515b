"""What a page names in passing: inline code and links, with their lines. Names in {history} are told as history.

for code in inline_codes(path):
    code.line, code.text, code.history      # 214, "AutoModelForVision2Seq", True
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it.token import Token

from scripts.directives import read_directives
from scripts.narration import parser
from scripts.page import Page
from scripts.reader import read_text

HISTORY = re.compile(r"# history: (.+)$", re.MULTILINE)  # in a program: names that are gone


@dataclass(frozen=True)
class Code:
    line: int
    text: str
    history: bool


@dataclass(frozen=True)
class Link:
    line: int
    address: str


def inline_codes(path: Path) -> Iterator[Code]:
    """The inline code of a page; numbers of {value} are none. ScriptError if the page cannot be read."""
    for token, lines, first in _inlines(path):
        for child in token.children or ():
            if child.type == "code_inline":
                yield Code(_line(lines, first, f"`{child.content}`"), child.content, False)
            elif child.type == "myst_role" and child.meta["name"] == "history":
                yield Code(_line(lines, first, f"{{history}}`{child.content}`"), child.content, True)


def links(path: Path) -> Iterator[Link]:
    """The links of a page. ScriptError if the page cannot be read."""
    for token, lines, first in _inlines(path):
        for child in token.children or ():
            if child.type == "link_open":
                address = str(child.attrGet("href"))
                yield Link(_line(lines, first, address), address)


def history(source: str) -> frozenset[str]:
    """The names a program uses to show what is gone, from its remarks `# history: name, name`."""
    return frozenset(name.strip() for found in HISTORY.findall(source) for name in found.split(","))


def _inlines(path: Path) -> Iterator[tuple[Token, list[str], int]]:
    lines = read_text(path).split("\n")
    page = Page(path, lines, "en", _no_values, parser())
    for token in page.tokens(read_directives(lines, path)):
        if token.type == "inline" and token.map:
            yield token, lines[token.map[0] : token.map[1]], token.map[0] + 1


def _no_values(key: str) -> str:
    raise KeyError(key)


def _line(lines: list[str], first: int, words: str) -> int:
    return next((first + place for place, line in enumerate(lines) if words in line), first)
