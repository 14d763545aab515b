"""The hash of a Python file and all it imports within the repository, found without importing it."""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from store.entries import REPOSITORY
from store.errors import StoreError


def source_hash(path: Path, root: Path = REPOSITORY) -> str:
    """Hash over names and bytes of `path` and its import closure below `root`, with packages' `__init__`.

    Imports within functions count too. An import by a computed name cannot be seen: hash that module too.
    """
    digest = hashlib.sha256()
    for source in closure(path, root):
        digest.update(f"{source.relative_to(root.resolve()).as_posix()}\0{_read(source)[1]}\n".encode())
    return digest.hexdigest()


def pattern_hash(pattern: str, root: Path = REPOSITORY) -> str:
    """`source_hash` of every file below `root` that a glob pattern names."""
    return ",".join(source_hash(path, root) for path in sorted(root.glob(pattern)))


def closure(path: Path, root: Path = REPOSITORY) -> tuple[Path, ...]:
    """`path` and all files below `root` that importing it would run, sorted."""
    root = root.resolve()
    waiting, found = [path.resolve()], set()
    while waiting:
        source = waiting.pop()
        if source in found:
            continue
        found.add(source)
        waiting += _direct(source, _stamp(source), root)
    return tuple(sorted(found))


def forget() -> None:
    """Look for modules anew: in a process that lives on, files come and go."""
    _direct.cache_clear()


@cache
def _direct(source: Path, stamp: tuple[int, int], root: Path) -> tuple[Path, ...]:
    """The files below `root` that importing a file runs at first hand."""
    modules = [path for name in _imports(source, root) for path in _module(name, root)]
    return tuple(dict.fromkeys([*_packages(source, root), *modules]))


def _packages(source: Path, root: Path) -> Iterator[Path]:
    """The `__init__` files of the packages a file lies in."""
    folder = source.parent
    while folder != root and folder.is_relative_to(root):
        if (folder / "__init__.py").is_file():
            yield folder / "__init__.py"
        folder = folder.parent


def _module(name: str, root: Path) -> Iterator[Path]:
    """The file of a module of this repository; nothing for a module from elsewhere."""
    stem = root.joinpath(*name.split("."))
    for candidate in (stem.with_name(f"{stem.name}.py"), stem / "__init__.py"):
        if candidate.is_file():
            yield candidate.resolve()


def _imports(source: Path, root: Path) -> Iterator[str]:
    """Dotted names that may be modules: `from a import b` gives `a` and `a.b`."""
    for level, module, names in _read(source)[0]:
        if level:
            folder = source.parents[level - 1]
            if not folder.is_relative_to(root):
                continue
            module = ".".join(filter(None, [*folder.relative_to(root).parts, module]))
        if module:
            yield module
        for name in names:
            yield f"{module}.{name}" if module else name


@cache
def _parsed(source: Path, stamp: tuple[int, int]) -> tuple[tuple[tuple[int, str, tuple[str, ...]], ...], str]:
    content = source.read_bytes()
    try:
        tree = ast.parse(content, filename=str(source))
    except SyntaxError as error:
        raise StoreError(f"{source}:{error.lineno}: {error.msg}") from error
    found: list[tuple[int, str, tuple[str, ...]]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(0, alias.name, ()) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append((node.level, node.module or "", tuple(alias.name for alias in node.names)))
    return tuple(found), hashlib.sha256(content).hexdigest()


def _read(source: Path) -> tuple[tuple[tuple[int, str, tuple[str, ...]], ...], str]:
    """Imports and content hash of a file; parsed again only when it changed."""
    return _parsed(source, _stamp(source))


def _stamp(source: Path) -> tuple[int, int]:
    """What tells that a file changed."""
    stat = source.stat()
    return stat.st_mtime_ns, stat.st_size
