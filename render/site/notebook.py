"""A program of the course as a notebook: its docstring as text, its code in cells, what it printed as output."""

from __future__ import annotations

import ast
import json
from itertools import pairwise
from pathlib import Path

import nbformat

from scripts.reader import read_text


def notebook(program: Path, printed: Path) -> str:
    """The `.ipynb` of a program, version 4.5 of the format."""
    source = read_text(program)
    tree = ast.parse(source)
    words = ast.get_docstring(tree) or program.name
    cells = [nbformat.v4.new_markdown_cell(words), *map(nbformat.v4.new_code_cell, _cells(source, tree))]
    if printed.is_file():
        cells[-1]["outputs"] = [nbformat.v4.new_output("stream", name="stdout", text=read_text(printed))]
    for number, cell in enumerate(cells):
        cell["id"] = f"{program.stem.replace('_', '-')}-{number}"  # the same program gives the same bytes
    book = nbformat.v4.new_notebook(cells=cells)
    book["metadata"] = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    nbformat.validate(book)
    return json.dumps(book, ensure_ascii=False, indent=1) + "\n"


def _cells(source: str, tree: ast.Module) -> list[str]:
    """The code without its docstring, cut at the empty lines between statements."""
    lines = source.split("\n")
    body = tree.body[bool(ast.get_docstring(tree)) :]
    starts = [(body[0].lineno if body else 1) - 1]
    for before, after in pairwise(body):
        gap = lines[before.end_lineno or 0 : after.lineno - 1]
        if "" in gap:
            starts.append((before.end_lineno or 0) + gap.index("") + 1)
    return ["\n".join(lines[start:end]).strip() for start, end in pairwise([*starts, len(lines)])]
