"""Whether the course names only what exists: libraries' names and arguments in programs, pages and outline, and links.

    report = examine(["09-lora/merge"])
    report.findings          # file:line: what does not exist; what to do
    report.summary()

`scripts` knows what is named, `data_capture` what exists; this asks one about the other.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from data_capture.programs import Report, read_expression, read_program
from scripts.agreement import Finding
from scripts.course import Course, load_course
from scripts.examples import find_examples
from scripts.inline import history, inline_codes, links
from scripts.model import LANGUAGES
from scripts.official import load_official
from scripts.reader import ROOT, find_script, read_text

ENDINGS = (
    "py|ipynb|json|jsonl|jinja|txt|md|out|safetensors|bin|model|yaml|toml|pte|gguf|onnx|h5|csv|arrow|parquet|cache"
)
FILE = re.compile(rf"[\w./*-]+\.(?:{ENDINGS})")
WORD = re.compile(r"[a-z_]\w*")  # an argument: alive in one function and gone from another
TICKED = re.compile(r"`([^`]+)`")


@dataclass
class Examined:
    """Counts of everything looked at; `open` is what could not be told, such as the children of a module."""

    findings: list[Finding] = field(default_factory=list)
    programs: int = 0
    lines: int = 0
    codes: int = 0
    resolved: int = 0
    open: int = 0
    links: dict[str, int] = field(default_factory=lambda: {"listed": 0, "unchecked": 0})

    def summary(self) -> str:
        """One line of counts."""
        return (
            f"{self.programs} programs with {self.lines} lines, {self.codes} inline codes: {self.resolved} names and "
            f"arguments resolved, {self.open} not told; links: {self.links['listed']} listed, "
            f"{self.links['unchecked']} unchecked; {len(self.findings)} findings"
        )

    def add(self, path: Path, line: int, report: Report) -> None:
        """Take over what a program or an expression gave; `line` is that of its first line, less one."""
        self.resolved += report.resolved
        self.open += report.open
        self.findings += [Finding(path, line + fault.line, fault.what) for fault in report.faults]


def examine(lectures: Iterable[str], root: Path = ROOT, course: Course | None = None) -> Examined:
    """Examine lectures, and the points of the outline. ScriptError if a lecture cannot be read."""
    examined = Examined()
    for lecture in lectures:
        known: set[str] = set()
        for path in find_examples(lecture, root):
            known |= _program(path, examined)
        for language in LANGUAGES:
            _page(find_script(lecture, language, root), known, examined)
    _outline(course or load_course(root), examined)
    return examined


def _program(path: Path, examined: Examined) -> set[str]:
    """Examine a program; the names it uses."""
    text = read_text(path)
    examined.programs += 1
    examined.lines += len(text.splitlines())
    try:
        tree = ast.parse(text)
        examined.add(path, 0, read_program(text, history(text)))
    except SyntaxError as error:
        examined.findings.append(Finding(path, error.lineno or 1, f"not Python: {error.msg}; mend it"))
        return set()
    nodes = list(ast.walk(tree))
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    names |= {node.arg for node in nodes if isinstance(node, ast.arg | ast.keyword) and node.arg}
    names |= {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return names | {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def _page(path: Path, known: set[str], examined: Examined) -> None:
    for code in inline_codes(path):
        report = _expression(code.text, known, examined)
        if code.history:
            if report.resolved and not report.faults and not WORD.fullmatch(code.text):
                what = f"`{code.text}` is told as history but is alive; write it without {{history}}"
                examined.findings.append(Finding(path, code.line, what))
        else:
            examined.add(path, code.line - 1, report)
    official = load_official()
    for link in links(path):
        judged = official.judge(link.address)
        if judged:
            examined.links[judged] += 1
        else:
            what = f"{link.address} is not among the official pages; correct it, or add it to scripts/official.yaml"
            examined.findings.append(Finding(path, link.line, what))


def _outline(course: Course, examined: Examined) -> None:
    for plan in course.lectures:
        for point in plan.points:
            for text in TICKED.findall(" ".join(point.words.values())):
                examined.add(course.path, plan.line - 1, _expression(text, set(), examined))


def _expression(text: str, known: set[str], examined: Examined) -> Report:
    examined.codes += 1
    if FILE.fullmatch(text) or "/" in text or text.startswith(("-", "$", "<")):
        return Report(open=1)
    try:
        return read_expression(text, known)
    except (SyntaxError, ValueError):
        return Report(open=1)  # a command, a token, a piece of another language
