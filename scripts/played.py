"""What the classes of a scene module play: which beats they open and which cues they wait for, read from the source."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from pathlib import Path

from scripts.model import ScriptError
from scripts.reader import read_text


@dataclass
class Played:
    """What one scene class plays. `loose` are words that may name a cue, used where a name is not a literal."""

    line: int
    beats: dict[str, int] = field(default_factory=dict)
    cues: dict[str, dict[str, int]] = field(default_factory=dict)  # beat -> cue -> line
    shared: dict[str, int] = field(default_factory=dict)  # cues asked for where the beat is not known
    loose: set[str] = field(default_factory=set)
    unclear: list[int] = field(default_factory=list)  # lines of `self.beat(...)` without a literal name


def played(path: Path) -> dict[str, Played]:
    """The classes of a module that open beats, by name; ScriptError if it is not Python."""
    try:
        module = ast.parse(read_text(path))
    except (SyntaxError, ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None) or 1
        raise ScriptError(f"{path}:{line}: not Python: {error}; mend it") from error
    classes = {}
    for node in module.body:
        if isinstance(node, ast.ClassDef):
            finder = Finder(node)
            if finder.scene.beats or finder.scene.unclear:
                classes[node.name] = finder.scene
    return classes


class Finder(ast.NodeVisitor):
    """Walks a class: `with self.beat("name") as beat`, and below it `beat.anything("cue")`.

    A cue may be a literal or the variable of a loop over literals; for any other, every word of the class may be it.
    """

    def __init__(self, node: ast.ClassDef) -> None:
        self.scene = Played(node.lineno)
        self.beats: dict[str, str] = {}  # variable -> beat; empty where the beat is handed in
        self.loops: dict[str, list[str] | None] = {}  # loop variable -> the literals it runs over
        self.words: set[str] = set()
        self.vague = False
        self.visit(node)
        if self.vague:
            self.scene.loose = self.words

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        before = self.beats, self.loops
        self.beats = self.beats | {each.arg: "" for each in node.args.args if each.arg == "beat"}
        self.generic_visit(node)
        self.beats, self.loops = before

    def visit_With(self, node: ast.With) -> None:
        before = self.beats
        for item in node.items:
            call, variable = item.context_expr, item.optional_vars
            if isinstance(call, ast.Call) and _opens(call) and isinstance(variable, ast.Name):
                self.beats = self.beats | {variable.id: _word(call.args[0]) or ""}
        self.generic_visit(node)
        self.beats = before

    def visit_For(self, node: ast.For) -> None:
        before = self.loops
        literals = _literals(node.iter) if isinstance(node.target, ast.Name) else None
        names = [each.id for each in ast.walk(node.target) if isinstance(each, ast.Name)]
        self.loops = self.loops | dict.fromkeys(names, literals)
        self.generic_visit(node)
        self.loops = before

    def visit_Call(self, node: ast.Call) -> None:
        function = node.func
        if _opens(node):
            self._beat(node.args[0])
        elif node.args and isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
            beat = self.beats.get(function.value.id)
            if beat is not None:
                self._cue(beat, node.args[0])
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self.words.add(node.value)

    def _beat(self, first: ast.expr) -> None:
        name = _word(first)
        if name is None:
            self.scene.unclear.append(first.lineno)
        else:
            self.scene.beats.setdefault(name, first.lineno)

    def _cue(self, beat: str, first: ast.expr) -> None:
        word = _word(first)
        words = [word] if word is not None else None
        if isinstance(first, ast.Name):
            words = self.loops.get(first.id)
        if words is None:
            self.vague = self.vague or not isinstance(first, ast.Constant)
            return
        into = self.scene.cues.setdefault(beat, {}) if beat else self.scene.shared
        for each in words:
            into.setdefault(each, first.lineno)


def _opens(node: ast.Call) -> bool:
    """Whether this is `self.beat(...)`."""
    function = node.func
    owner = function.value if isinstance(function, ast.Attribute) and function.attr == "beat" else None
    return isinstance(owner, ast.Name) and owner.id == "self" and bool(node.args)


def _word(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _literals(node: ast.expr) -> list[str] | None:
    if not isinstance(node, ast.Tuple | ast.List):
        return None
    words = [word for each in node.elts if (word := _word(each)) is not None]
    return words if len(words) == len(node.elts) else None
