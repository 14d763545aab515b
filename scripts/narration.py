"""From the Markdown of a beat to what is shown, what is spoken, and where the cues fall.

{cue}`words <name>`      the moment these words begin; {cue}`words` is its own name, {cue}`<name>` a bare moment
{say}`written <spoken>`  where what is written and what is said differ; formulas live only here
{value}`key <spec>`      a number of the trace; {value}`key <spec; spoken spec>` says it with fewer digits

A role goes into a cue with more backticks outside: {cue}``only {value}`rank <d>` <rank>``.
Space and line ends are one space, none between Chinese characters and none beside Chinese punctuation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.front_matter import front_matter_plugin
from mdit_py_plugins.myst_role import myst_role_plugin

from scripts.model import Beat, ScriptError
from scripts.values import Values, fill

CUE = re.compile(r"[^\W_][\w-]*")
# Chinese characters, Chinese punctuation, full-width signs; “ ” … — belong to both worlds and keep their spaces.
WIDE = re.compile(r"[\u2e80-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef]")
STOP = re.compile(r"[\u3000-\u303f\uff00-\uffef]")


@cache
def parser() -> MarkdownIt:
    """Markdown as this course writes it: roles, dollar math, tables, front matter; no raw HTML."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    return markdown.use(front_matter_plugin).use(dollarmath_plugin).use(myst_role_plugin)


class Narration:
    """One beat in the making; `read` its paragraphs, then `close`."""

    def __init__(self, file: object, values: Values, language: str) -> None:
        self.file, self.values, self.language = file, values, language
        self.text = self.spoken = ""
        self.cues: dict[str, int] = {}
        self.spans: list[tuple[int, int, int, int]] = []
        self._alike = False  # whether the last span is equal in both texts
        self._gap = False  # whether there was space before the piece to come
        self._waiting: list[str] = []  # cues that fall on the piece to come
        self._markdown = parser()

    def read(self, paragraph: Token, line: int) -> None:
        """Add the words of an inline token that starts on this line."""
        self._gap = True
        self._pieces(paragraph.children or [], paragraph.content, line)

    def close(self, name: str, pause: float, line: int) -> Beat:
        """The finished beat. Cues after the last word fall on the end."""
        self.cues |= dict.fromkeys(self._waiting, len(self.spoken))
        return Beat(name, self.text, self.spoken, self.cues, tuple(self.spans), pause, line)

    def _pieces(self, tokens: Sequence[Token], source: str, line: int) -> None:
        at = 0  # place in `source`, for the line numbers
        for token in tokens:
            name = token.meta.get("name", "")
            sign = f"{{{name}}}" if name else token.content or token.markup
            found = source.find(sign, at)
            at = at if found < 0 else found
            where = f"{self.file}:{line + source.count(chr(10), 0, at)}"
            at += len(sign) if found >= 0 else 0
            if token.type in ("text", "text_special"):
                self._words(token.content)
            elif token.type in ("softbreak", "hardbreak"):
                self._gap = True
            elif token.type == "myst_role":
                self._role(name, token.content, where)
            elif token.type.startswith("math"):
                formula = f"${token.content.strip()}$"
                raise ScriptError(
                    f"{where}: formula {formula} cannot be read aloud; write {{say}}`{formula} <how it is said>`"
                )
            else:
                raise ScriptError(
                    f"{where}: narration is plain words, without {token.markup or token.type!r}; remove it"
                )

    def _role(self, name: str, content: str, where: str) -> None:
        written, angled = split_role(content)
        if name == "cue":
            self._cue(written, written if angled is None else angled, where)
        elif name == "say":
            if not written or not angled:
                raise ScriptError(f"{where}: {{say}}`{content}` lacks a part; write {{say}}`written <spoken>`")
            self._add(written, angled)
        elif name == "value":
            self._add(*fill(content, self.values, where, self.language))
        else:
            raise ScriptError(f"{where}: unknown role {{{name}}}; narration has {{cue}}, {{say}} and {{value}}")

    def _cue(self, words: str, name: str, where: str) -> None:
        if not CUE.fullmatch(name):
            raise ScriptError(f"{where}: bad cue name {name!r}; write {{cue}}`words <name>` with letters and digits")
        if name in self.cues or name in self._waiting:
            raise ScriptError(f"{where}: cue {name!r} stands twice in this beat; give one another name")
        inner = self._markdown.parseInline(words)[0].children or []
        if any(token.meta.get("name") == "cue" for token in inner):
            raise ScriptError(f"{where}: a cue inside a cue; put one after the other")
        self._waiting.append(name)
        self._pieces(inner, words, int(where.rpartition(":")[2]))

    def _words(self, plain: str) -> None:
        self._gap = self._gap or plain[:1].isspace()
        for word in plain.split():
            self._add(word, word)
            self._gap = True
        self._gap = self._gap and plain[-1:].isspace() if plain.strip() else self._gap

    def _add(self, text: str, spoken: str) -> None:
        if self._gap:
            self._span(_space(self.text, text), _space(self.spoken, spoken))
        self._gap = False
        self.cues |= dict.fromkeys(self._waiting, len(self.spoken))
        self._waiting = []
        self._span(text, spoken)

    def _span(self, text: str, spoken: str) -> None:
        if not text and not spoken:
            return
        start, written = len(self.spoken), len(self.text)
        self.text += text
        self.spoken += spoken
        alike = text == spoken
        if alike and self._alike:
            start, _, written, _ = self.spans.pop()
        self.spans.append((start, len(self.spoken), written, len(self.text)))
        self._alike = alike


def split_role(content: str) -> tuple[str, str | None]:
    """`words <name>` -> (words, name); without angle brackets at the end the second is None."""
    content = content.strip()
    head, opened, tail = content.rpartition("<")
    if not opened or not tail.endswith(">"):
        return content, None
    return head.strip(), tail[:-1].strip()


def _space(before: str, after: str) -> str:
    one, two = before[-1:], after[:1]
    if not one or not two or STOP.match(one) or STOP.match(two) or (WIDE.match(one) and WIDE.match(two)):
        return ""
    return " "
