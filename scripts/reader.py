"""Reads a lecture: page and narration in one MyST Markdown text, `scripts/<chapter>/<lecture>/<language>.md`.

    lecture = read_lecture("09-lora/merge", "zh")
    beat = lecture.scene("LoraMerge").beats[0]

Scripts are untrusted input: nothing in them is evaluated, every fault is one `ScriptError` with file and line.
"""

from __future__ import annotations

import math
import re
from itertools import pairwise
from pathlib import Path

import yaml
from markdown_it.token import Token

from scripts.directives import Directive, read_directives
from scripts.languages import table, written
from scripts.model import Beat, Example, Heading, Lecture, SceneScript, ScriptError
from scripts.narration import Narration, parser
from scripts.page import NOTES, Page
from scripts.values import TraceValues, Values, fill, holds

__all__ = ["Beat", "Example", "Heading", "Lecture", "SceneScript", "ScriptError", "lectures", "read_lecture"]

ROOT = Path(__file__).parent
ID = re.compile(r"[a-z0-9][a-z0-9-]*/[a-z0-9][a-z0-9-]*")
BEAT = re.compile(r"[a-z][a-z0-9_]*")
EXAMPLE = re.compile(r"[a-z][a-z0-9_]*\.py")
VALUE = re.compile(r"\{value\}`([^`]*)`")
PAUSE, LAST_PAUSE, LONGEST_PAUSE = 0.4, 1.0, 30.0  # seconds


def lectures(root: Path = ROOT) -> tuple[str, ...]:
    """The ids of all lectures that have a script."""
    found = {path.parent for path in root.glob("*/*/*.md") if path.stem in table()}
    return tuple(sorted(path.relative_to(root).as_posix() for path in found))


def read_lecture(
    id: str, language: str, root: Path | None = None, values: Values | None = None, page: type[Page] = Page
) -> Lecture:
    """Read one lecture in one language.

    values: looks up a number of the trace by key (KeyError if there is none); by default the traces that
    course.yaml names for the lecture. page: who writes the page to read. Raises ScriptError.
    """
    root = ROOT if root is None else Path(root)
    path = find_script(id, language, root)
    if values is None:
        values = TraceValues(traces_of(id, root))
    return Reader(path, values, page, language).read(id)


def traces_of(id: str, root: Path) -> tuple[str, ...]:
    """The traces course.yaml names for a lecture; none where there is no outline."""
    from scripts.course import FILE, load_course

    if not (root / FILE).exists():
        return ()
    return load_course(root).traces(id)


def find_script(id: str, language: str, root: Path) -> Path:
    if not ID.fullmatch(id) or not (root / id).is_dir():
        known = ", ".join(lectures(root)) or "none"
        raise ScriptError(f"{root}: unknown lecture {id!r}; there are: {known}")
    if language not in table():
        raise ScriptError(f"{root / id}: unknown language {language!r}; there is {', '.join(table())}")
    path = root / id / f"{language}.md"
    if not path.is_file():
        there = f"the lecture has {', '.join(written(id, root)) or 'none'}"
        raise ScriptError(f"{path}: no such script; write it, or choose another language: {there}")
    return path


def read_text(path: Path) -> str:
    """Text of a UTF-8 file with plain line ends; ScriptError with the line where it stops being UTF-8."""
    try:
        data = path.read_bytes()
        return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ScriptError(f"{path}:{line}: not UTF-8 ({error.reason}); save the file as UTF-8") from error
    except OSError as error:
        raise ScriptError(f"{path}: cannot be read: {error.strerror}") from error


class Reader:
    """Reads one file; `lines` are its lines, numbers count from 1."""

    def __init__(self, path: Path, values: Values, page: type[Page], language: str) -> None:
        self.path, self.values, self.page, self.language = path, values, page, language
        self.lines = read_text(path).split("\n")
        self.markdown = parser()
        self.scenes: list[SceneScript] = []
        self.examples: list[Example] = []
        self.outputs: dict[int, Example] = {}  # line -> the example whose output stands there

    def read(self, id: str) -> Lecture:
        tree = read_directives(self.lines, self.path)
        page = self.page(self.path, self.lines, self.language, self.values, self.markdown)
        tokens = page.tokens(tree)
        title = self._title(tokens)
        for child in tree.children:
            self._directive(child)
        return Lecture(
            id=id,
            language=self.language,
            title=title,
            scenes=tuple(self.scenes),
            page=page.write(title, tree, tokens, self.scenes, self.examples, self.outputs),
            examples=tuple(self.examples),
            headings=self._headings(tokens),
            path=self.path,
        )

    def _where(self, line: int) -> str:
        return f"{self.path}:{line}"

    def _title(self, tokens: list[Token]) -> str:
        want = "start the file with ---, a line `title: ...` and ---"
        if not tokens or tokens[0].type != "front_matter":
            raise ScriptError(f"{self._where(1)}: no front matter; {want}")
        try:
            fields = yaml.load(tokens[0].content, Loader=yaml.BaseLoader)  # plain strings only: safe
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            mark = getattr(error, "problem_mark", None)
            line = 2 + (mark.line if mark else 0)
            raise ScriptError(f"{self._where(line)}: front matter is not YAML: {_short(error)}; {want}") from error
        title = fields.get("title") if isinstance(fields, dict) else None
        if not isinstance(title, str) or not title.strip():
            raise ScriptError(f"{self._where(1)}: no title; {want}")
        return " ".join(title.split())

    def _headings(self, tokens: list[Token]) -> tuple[Heading, ...]:
        found = []
        for opened, inline in pairwise(tokens):
            if opened.type == "heading_open" and opened.map:
                found.append(Heading(int(opened.tag[1]), inline.content, opened.map[0] + 1))
        return tuple(found)

    def _directive(self, node: Directive) -> None:
        where = self._where(node.start)
        if node.name == "scene":
            self._scene(node)
        elif node.name == "example":
            self._example(node)
        elif node.name == "output":
            self._output(node)
        elif node.name == "beat":
            raise ScriptError(f"{where}: beat {node.argument!r} outside a scene; put it into a ::::{{scene}}")
        elif node.name in NOTES:
            self._options(node)
            for child in node.children:
                if child.name == "scene":
                    raise ScriptError(f"{self._where(child.start)}: a scene inside {node.label}; move it out")
                self._directive(child)
        else:
            known = ", ".join(("scene", "beat", "example", "output", *NOTES))
            raise ScriptError(f"{where}: unknown directive {{{node.name}}}; there are {known}")

    def _options(self, node: Directive, *known: str) -> None:
        for name, (_, line) in node.options.items():
            if name not in known:
                has = f"it has {', '.join(known)}" if known else "it has none"
                raise ScriptError(f"{self._where(line)}: unknown option :{name}: of {{{node.name}}}; {has}")

    def _scene(self, node: Directive) -> None:
        where, name = self._where(node.start), node.argument
        if not (name.isascii() and name.isidentifier() and name[0].isupper()):
            raise ScriptError(f"{where}: bad scene name {name!r}; use the class name, as in {{scene}} LoraMerge")
        if any(scene.name == name for scene in self.scenes):
            raise ScriptError(f"{where}: scene {name!r} stands twice; give each class one scene")
        self._options(node, "title", "alt")
        title, alt = (self._told(node, option) for option in ("title", "alt"))
        if not title:
            raise ScriptError(f"{where}: scene {name!r} has no title; write `:title: ...` on the line below")
        inside = {line for child in node.children for line in range(child.start, child.end + 1)}
        for number in range(node.first, node.end):
            if number not in inside and self.lines[number - 1].strip():
                raise ScriptError(
                    f"{self._where(number)}: words outside a beat in scene {name!r}; put them into a :::{{beat}}"
                )
        if not node.children:
            raise ScriptError(f"{where}: scene {name!r} has no beats; write a :::{{beat}} name")
        last = node.children[-1].argument
        beats = [self._beat(child, LAST_PAUSE if child.argument == last else PAUSE) for child in self._fitting(node)]
        whens = tuple((child.argument, child.options["when"][0]) for child in node.children if "when" in child.options)
        self.scenes.append(SceneScript(name, title, tuple(beats), node.start, alt, whens))

    def _told(self, node: Directive, option: str) -> str:
        """The words of an option, its numbers filled in; empty where it does not stand."""
        words, line = node.options.get(option, ("", 0))
        where = self._where(line)
        return VALUE.sub(lambda role: fill(role[1], self.values, where, self.language)[0], " ".join(words.split()))

    def _fitting(self, scene: Directive) -> list[Directive]:
        """The beats that are spoken: of those with one name, the first whose `when` holds for these numbers."""
        told: dict[str, Directive | None] = {}
        before = Directive("", "", 0, 0)
        for node in scene.children:
            name, told_by = node.argument, told.get(node.argument)
            if name in told and (before.argument != name or "when" not in before.options):
                where = self._where(node.start)
                raise ScriptError(f"{where}: beat {name!r} stands twice in scene {scene.argument!r}; rename one")
            if told_by is None:
                condition, line = node.options.get("when", ("", 0))
                fits = "when" not in node.options or holds(condition, self.values, self._where(line))
                told[name] = node if fits else None
            before = node
        for name, chosen in told.items():
            if chosen is None:
                first = next(node for node in scene.children if node.argument == name)
                where = self._where(first.start)
                raise ScriptError(f"{where}: no words of beat {name!r} fit the numbers of this trace; write some")
        return [node for node in told.values() if node is not None]

    def _beat(self, node: Directive, pause: float) -> Beat:
        where, name = self._where(node.start), node.argument
        if node.name != "beat":
            raise ScriptError(f"{where}: {{{node.name}}} inside a scene; a scene holds only beats, move it out")
        if not BEAT.fullmatch(name):
            raise ScriptError(f"{where}: bad beat name {name!r}; use small letters, digits and _")
        for child in node.children:
            raise ScriptError(
                f"{self._where(child.start)}: {{{child.name}}} inside beat {name!r}; close the beat first"
            )
        self._options(node, "pause", "when")
        if "pause" in node.options:
            pause = self._pause(*node.options["pause"])
        narration = Narration(self.path, self.values, self.language)
        body = "\n".join(self.lines[node.first - 1 : node.end - 1])
        for token in self.markdown.parse(body):
            if token.type == "inline" and token.level == 1 and token.map:
                narration.read(token, node.first + token.map[0])
            elif token.type not in ("paragraph_open", "paragraph_close"):
                line = node.first + (token.map[0] if token.map else 0)
                what = token.type.removesuffix("_open").replace("_", " ")
                raise ScriptError(f"{self._where(line)}: narration is plain words, no {what}; remove it")
        beat = narration.close(name, pause, node.start)
        if not re.search(r"\w", beat.spoken):
            raise ScriptError(f"{where}: beat {name!r} has no words; write some, or remove it")
        return beat

    def _pause(self, written: str, line: int) -> float:
        try:
            pause = float(written) if written.isascii() else math.nan
        except ValueError:
            pause = math.nan
        if not 0 <= pause <= LONGEST_PAUSE:
            raise ScriptError(
                f"{self._where(line)}: bad pause {written!r}; use seconds from 0 to {LONGEST_PAUSE:.0f}, as in 0.8"
            )
        return pause

    def _example(self, node: Directive) -> None:
        where, name = self._where(node.start), self._file(node)
        if any(example.name == name for example in self.examples):
            raise ScriptError(f"{where}: example {name!r} stands twice; show it once")
        path = self.path.parent / "examples" / name
        for file, how in ((path, "write it"), (path.with_suffix(".out"), "make it with scripts/examples.py")):
            if not file.is_file():
                raise ScriptError(f"{where}: no file {file.relative_to(self.path.parent)}; {how}")
        self.examples.append(Example(name, path, path.with_suffix(".out"), node.start))

    def _output(self, node: Directive) -> None:
        name = self._file(node)
        example = next((each for each in self.examples if each.name == name), None)
        if example is None:
            where = self._where(node.start)
            raise ScriptError(f"{where}: output of {name!r}, which is not shown before; write :::{{example}} {name}")
        self.outputs[node.start] = example

    def _file(self, node: Directive) -> str:
        where, name = self._where(node.start), node.argument
        self._options(node)
        if not EXAMPLE.fullmatch(name):
            raise ScriptError(f"{where}: bad example name {name!r}; name a file in examples/, as in inject.py")
        if any(self.lines[number - 1].strip() for number in range(node.first, node.end)):
            raise ScriptError(f"{where}: {{{node.name}}} {name} takes no text; close it with ::: on the next line")
        return name


def _short(error: Exception) -> str:
    return " ".join(str(getattr(error, "problem", None) or error).split())[:120]
