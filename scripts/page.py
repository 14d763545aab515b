"""The page to read: plain Markdown, with numbers, programs and narration filled in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from scripts.directives import Directive
from scripts.languages import language as tongue
from scripts.model import Example, SceneScript, ScriptError
from scripts.values import Values, fill

NOTES = ("note", "warning", "exercise", "solution", "question")  # the directives that are boxes


class Page:
    """`lines` are the lines of the file; `tree` are its directives.

    Whoever shows scenes, programs, outputs and notes in another way overrides `scene`, `program`, `printed`, `note`.
    """

    def __init__(self, path: Path, lines: list[str], language: str, values: Values, markdown: MarkdownIt) -> None:
        self.path, self.lines, self.language, self.tongue = path, lines, language, tongue(language)
        self.values, self.markdown = values, markdown

    def tokens(self, tree: Directive) -> list[Token]:
        """Markdown tokens of the page with the line numbers of the file: scenes and fences are left blank."""
        lines = list(self.lines)
        for node in _all(tree):
            end = node.first if node.name in NOTES else node.end
            for number in {*range(node.start, end), node.end}:
                lines[number - 1] = ""
        return self.markdown.parse("\n".join(lines))

    def write(
        self,
        title: str,
        tree: Directive,
        tokens: list[Token],
        scenes: Iterable[SceneScript],
        examples: Iterable[Example],
        outputs: Mapping[int, Example],
    ) -> str:
        """The whole page under its title; unknown roles and values are a ScriptError."""
        lines = self._filled(tokens)
        bodies = {scene.line: self.scene(scene) for scene in scenes}
        bodies |= {example.line: self.program(example) for example in examples}
        bodies |= {line: self.printed(example) for line, example in outputs.items()}
        first = (tokens[0].map or [0, 0])[1] + 1
        body = self._body(tree, lines, first, tree.end, bodies)
        return "\n".join(_squeezed([f"# {title}", "", *body])).strip() + "\n"

    def _filled(self, tokens: list[Token]) -> list[str]:
        lines = list(self.lines)
        for token in tokens:
            if token.type != "inline" or not token.map:
                continue
            first, last = token.map
            for role in token.children or []:
                if role.type != "myst_role":
                    continue
                name = role.meta["name"]
                sign = f"{{{name}}}`{role.content}`"
                number = next((n for n in range(first, last) if sign in lines[n]), first)
                where = f"{self.path}:{number + 1}"
                if name not in ("value", "history"):
                    raise ScriptError(f"{where}: unknown role {{{name}}}; a page has {{value}} and {{history}}")
                if sign not in lines[number]:
                    raise ScriptError(f"{where}: write {{{name}}} on one line and in single backticks")
                shown = f"`{role.content}`" if name == "history" else self.value(role.content, where)
                lines[number] = lines[number].replace(sign, shown, 1)
        return lines

    def value(self, content: str, where: str) -> str:
        """A number of the trace."""
        return fill(content, self.values, where, self.language)[0]

    def _body(self, node: Directive, lines: list[str], first: int, end: int, bodies: dict[int, list[str]]) -> list[str]:
        written: list[str] = []
        for child in node.children:
            written += lines[first - 1 : child.start - 1]
            if child.start in bodies:
                inner = bodies[child.start]
            else:
                colon = ": " if self.tongue.spaced else "："
                title = getattr(self.tongue, child.name) + (f"{colon}{child.argument}" if child.argument else "")
                inner = self.note(child, title, self._body(child, lines, child.first, child.end, bodies))
            written += ["", *inner, ""]
            first = child.end + 1
        return written + lines[first - 1 : end - 1]

    def scene(self, scene: SceneScript) -> list[str]:
        """Where an animation stands."""
        spoken = [line for beat in scene.beats for line in ("", beat.text)]
        return _quoted([f"**{self.tongue.animation} · {scene.title}**", *spoken])

    def program(self, example: Example) -> list[str]:
        """A program to copy and run."""
        return _file(example.path, "python")

    def printed(self, example: Example) -> list[str]:
        """What it printed."""
        return _file(example.output, "text")

    def note(self, node: Directive, title: str, inner: list[str]) -> list[str]:
        """A box with its title."""
        return _quoted([f"**{title}**", "", *inner])


def _file(path: Path, language: str) -> list[str]:
    from scripts.reader import read_text

    return [f"`{path.name}`", "", *_code(read_text(path).rstrip("\n").split("\n"), language)]


def _all(node: Directive) -> Iterable[Directive]:
    for child in node.children:
        yield child
        yield from _all(child)


def _quoted(lines: list[str]) -> list[str]:
    return [f"> {line}".rstrip() for line in _squeezed(lines)]


def _code(lines: list[str], language: str) -> list[str]:
    fence = "`" * max(3, 1 + max((len(line) - len(line.lstrip("`")) for line in lines), default=0))
    return [fence + language, *lines, fence]


def _squeezed(lines: Iterable[str]) -> list[str]:
    """No two empty lines in a row outside code, and none at either end."""
    kept: list[str] = []
    code = False
    for line in lines:
        code ^= line.lstrip("> ").startswith("```")
        if code or line.strip() or (kept and kept[-1].strip()):
            kept.append(line.rstrip())
    while kept and not kept[-1].strip():
        kept.pop()
    return kept
