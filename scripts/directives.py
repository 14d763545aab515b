"""Where directives open and close: `:::{name} argument` ... `:::`.

Markdown parsers close an unclosed fence silently at the end of the file and would swallow half a lecture. So the
frame is read here, line by line, strictly: a fence is closed by exactly as many colons as opened it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from scripts.model import ScriptError

FENCE = re.compile(r" {0,3}(:{3,})[ \t]*(.*?)[ \t]*")
OPENING = re.compile(r"\{([^{}\s]*)\}[ \t]*(.*)")
CODE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
OPTION = re.compile(r":([A-Za-z][\w-]*):(?:[ \t]+(.*?))?[ \t]*")


@dataclass
class Directive:
    """`start` and `end` are the numbers (from 1) of the fence lines, `first` that of the first line of the body."""

    name: str
    argument: str
    start: int
    colons: int
    parent: Directive | None = None
    options: dict[str, tuple[str, int]] = field(default_factory=dict)
    children: list[Directive] = field(default_factory=list)
    first: int = 0
    end: int = 0

    @property
    def label(self) -> str:
        return f"{{{self.name}}} {self.argument}".strip()


def read_directives(lines: list[str], file: object) -> Directive:
    """The tree of directives in `lines`; its root is the page itself."""
    root = here = Directive("page", "", 0, 0, first=1, end=len(lines) + 1)
    code = ""  # the fence of the code block we are in
    head = False  # whether options may still follow
    for number, line in enumerate(lines, 1):
        where = f"{file}:{number}"
        if code:
            mark = line.strip()
            if len(line) - len(line.lstrip(" ")) < 4 and mark.startswith(code) and not mark.strip(code[0]):
                code = ""
            continue
        if head and (match := OPTION.fullmatch(line)):
            if match[1] in here.options:
                raise ScriptError(f"{where}: option :{match[1]}: given twice in {here.label}; remove one")
            here.options[match[1]] = (match[2] or "", number)
            here.first = number + 1
            continue
        head = False
        if (match := CODE.match(line)) and not (match[1][0] == "`" and "`" in match[2]):
            code = match[1]
        elif match := FENCE.fullmatch(line):
            colons, rest = len(match[1]), match[2]
            if not rest:
                if here is root:
                    raise ScriptError(f"{where}: {match[1]} closes nothing; remove it, or open a directive before")
                if colons != here.colons:
                    raise ScriptError(
                        f"{where}: directive {here.label} opened on line {here.start} with {here.colons} colons is not "
                        f"closed; write {':' * here.colons} before this line"
                    )
                here.end = number
                assert here.parent
                here = here.parent
                continue
            opening = OPENING.fullmatch(rest)
            if not opening:
                raise ScriptError(f"{where}: a directive is written :::{{name}}, not {line.strip()[:40]!r}")
            if here is not root and colons >= here.colons:
                raise ScriptError(
                    f"{where}: {{{opening[1]}}} with {colons} colons inside {here.label} opened on line {here.start} "
                    f"with {here.colons}; close that one first, or give it more colons"
                )
            child = Directive(opening[1], opening[2], number, colons, here, first=number + 1)
            here.children.append(child)
            here, head = child, True
    if here is not root:
        raise ScriptError(
            f"{file}:{here.start}: directive {here.label} is never closed; close it with {':' * here.colons}"
        )
    return root
