"""Entries that many machines share: any folder or object store fsspec can reach, by its address.

    s3://bucket/course, gs://..., abfs://..., sftp://host/path, file:///net/share/course

An object store knows no rename and no locks. An entry counts once its manifest is there, which is written last, and
its files are compared with it when they are fetched; two machines that make the same entry make the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from store.errors import StoreError

MANIFEST = "manifest.json"


class Shared:
    """Entries below an fsspec address; StoreError when it cannot be reached."""

    def __init__(self, address: str) -> None:
        self.address = address
        with self._errors():
            import fsspec

            self._system, self._root = fsspec.core.url_to_fs(address)

    def push(self, key: str, folder: Path) -> None:
        """Share an entry, unless it is there."""
        with self._errors():
            there = self._place(key)
            if self._system.exists(f"{there}/{MANIFEST}"):
                return
            names = list(json.loads((folder / MANIFEST).read_bytes())["files"])
            for name in [*names, MANIFEST]:
                self._system.makedirs(str(PurePosixPath(f"{there}/{name}").parent), exist_ok=True)
                self._system.put_file(str(folder / name), f"{there}/{name}")

    def fetch(self, key: str, folder: Path) -> bool:
        """Copy an entry into an empty folder; False when it is not there or has lost files."""
        with self._errors():
            there = self._place(key)
            try:
                manifest = self._system.cat_file(f"{there}/{MANIFEST}")
            except FileNotFoundError:
                return False
            try:
                for name in [inside(name) for name in json.loads(manifest)["files"]]:
                    (folder / name).parent.mkdir(parents=True, exist_ok=True)
                    self._system.get_file(f"{there}/{name}", str(folder / name))
            except (FileNotFoundError, ValueError, KeyError, TypeError):
                self.remove(key)
                return False
            (folder / MANIFEST).write_bytes(manifest)
            return True

    def remove(self, key: str) -> None:
        """Take away an entry that is not whole, so that it can be shared again."""
        with self._errors():
            if self._system.exists(self._place(key)):
                self._system.rm(self._place(key), recursive=True)

    def _place(self, key: str) -> str:
        return f"{self._root.rstrip('/')}/entries/{key[:2]}/{key}"

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Whatever the library of a protocol raises, as one line."""
        try:
            yield
        except StoreError:
            raise
        except ImportError as error:
            raise StoreError(f"LECTURE_STORE={self.address}: {error}") from error
        except Exception as error:
            said = " ".join(f"{type(error).__name__}: {error}".split())
            raise StoreError(f"the store at {self.address} cannot be used: {said}") from error


def inside(name: object) -> str:
    """A file name of a manifest, if it stays within its entry; else ValueError."""
    path = PurePosixPath(str(name))
    if not isinstance(name, str) or path.is_absolute() or ".." in path.parts or not path.parts:
        raise ValueError(f"not a file name within an entry: {name!r}")
    return name
