"""A folder of entries by key: looked up with verification, produced once, published by rename.

<root>/entries/<k>/<key>/      the files of one entry and `manifest.json`
<root>/making/<key>.<random>/  an entry being made; whoever holds the key's lock may sweep it
<root>/locks/<key>             one lock per key; left behind on purpose, deleting a lock file is a race
<root>/damaged/<key>/          the last entry under that key that did not match its manifest
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from store.errors import StoreError, disk_error
from store.shared import MANIFEST, Shared

REPOSITORY = Path(__file__).resolve().parent.parent


def key(obj: Any) -> str:
    """sha256 of `obj` as canonical JSON. Tuples equal lists; keys of mappings must be strings; no NaN."""
    _refuse_other_keys(obj)
    text = json.dumps(obj, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _refuse_other_keys(obj: Any) -> None:
    """JSON would write 1 and "1" alike, so that two different inputs shared a result."""
    if isinstance(obj, dict):
        for name, value in obj.items():
            if not isinstance(name, str):
                raise TypeError(f"keys of mappings must be strings, not {name!r}")
            _refuse_other_keys(value)
    elif isinstance(obj, list | tuple):
        for value in obj:
            _refuse_other_keys(value)


def file_hash(path: Path) -> str:
    """sha256 of the bytes of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Store:
    """Entries below `root` (default: $LECTURE_STORE, else build/store in the repository).

    An address such as s3://bucket/course is a store that many machines share: entries are made and looked up in
    $LECTURE_CACHE (else build/store) and go to and fro as they are needed.

    Safe for any number of processes and threads. An entry is a folder; treat it as read-only.
    """

    def __init__(self, root: str | os.PathLike[str] | None = None) -> None:
        default = REPOSITORY / "build" / "store"
        chosen = root or os.environ.get("LECTURE_STORE") or default
        self.shared = Shared(str(chosen)) if "://" in str(chosen) else None
        here = (os.environ.get("LECTURE_CACHE") or default) if self.shared else chosen
        self.root = Path(here).expanduser().absolute()

    @property
    def address(self) -> str:
        """What makes the same store in another process."""
        return self.shared.address if self.shared else str(self.root)

    def get(self, key: str) -> Path | None:
        """The entry's folder, or None.

        Every file is read and compared with the manifest (about 1 ms per MB), so a flipped bit is found even
        where size and time did not change. A damaged entry counts as absent; `produce` sets it aside.
        """
        if (found := self._here(key)) or not self.shared:
            return found
        with self._disk_errors(), self._lock(key):
            return self._here(key) or self._fetch(key)

    def _here(self, key: str) -> Path | None:
        folder = self._folder(key)
        return folder if folder.is_dir() and _sound(folder) else None

    def offer(self, key: str) -> None:
        """See that whoever shares this store can get the entry, which must be here."""
        if self.shared:
            self.shared.push(key, self._folder(key))

    def _fetch(self, key: str) -> Path | None:
        """The entry from the shared store; the key's lock is held."""
        if not self.shared:
            return None
        with self._beside(key) as beside:
            if not self.shared.fetch(key, beside):
                return None
            if not _sound(beside):
                self.shared.remove(key)
                return None
            return self._publish(key, beside)

    def produce(self, key: str, make: Callable[[Path], None]) -> Path:
        """The entry's folder; if there is no sound one, `make(folder)` fills a fresh one, which is published.

        One process makes, others wait and find it. Whatever `make` raises passes through and nothing is left;
        a full or read-only disk becomes a `StoreError`.
        """
        if found := self.get(key):
            return found
        with self._disk_errors(), self._lock(key):
            if found := self._here(key) or self._fetch(key):
                return found
            self._sweep(key)
            with self._beside(key) as beside:
                make(beside)
                _seal(beside)
                folder = self._publish(key, beside)
            self.offer(key)
            return folder

    @contextmanager
    def _beside(self, key: str) -> Iterator[Path]:
        """An empty folder to make an entry in; gone afterwards, unless it was published."""
        making = self.root / "making"
        making.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f"{key}.", dir=making))
        try:
            yield beside
        finally:
            shutil.rmtree(beside, ignore_errors=True)

    def _publish(self, key: str, beside: Path) -> Path:
        """Rename a whole entry into place; the key's lock is held."""
        folder = self._folder(key)
        folder.parent.mkdir(parents=True, exist_ok=True)
        if folder.exists():
            self._set_aside(folder)
        beside.rename(folder)
        _sync(folder.parent)
        return folder

    def _set_aside(self, folder: Path) -> None:
        """Move a damaged entry away; the key's lock is held, so nobody's fresh entry can be hit."""
        aside = self.root / "damaged" / folder.name
        aside.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(aside, ignore_errors=True)
        folder.rename(aside)

    def sweep(self) -> None:
        """Remove what killed processes left half-made; what a living one is making is locked and stays."""
        making = self.root / "making"
        for name in {path.name.partition(".")[0] for path in making.glob("*.*")}:
            with suppress(Timeout, OSError), FileLock(self._lock_file(name), timeout=0):
                self._sweep(name)

    def _sweep(self, key: str) -> None:
        """Remove half-made folders of `key`; its lock is held, so whoever made them is dead."""
        for left in (self.root / "making").glob(f"{key}.*"):
            shutil.rmtree(left, ignore_errors=True)

    def _folder(self, key: str) -> Path:
        return self.root / "entries" / key[:2] / key

    def _lock_file(self, key: str) -> Path:
        return self.root / "locks" / key

    @contextmanager
    def _lock(self, key: str) -> Iterator[None]:
        try:
            self._lock_file(key).parent.mkdir(parents=True, exist_ok=True)
        except (FileNotFoundError, FileExistsError, NotADirectoryError) as error:
            raise StoreError(f"cannot make a store at {self.root}: {error.strerror} ({error.filename})") from error
        with FileLock(self._lock_file(key)):
            yield

    @contextmanager
    def _disk_errors(self) -> Iterator[None]:
        try:
            yield
        except StoreError:
            raise
        except Exception as error:
            if (clear := disk_error(error, self.root)) is not None:
                raise clear from error
            raise


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / MANIFEST)


def _seal(folder: Path) -> None:
    """Write the manifest and see everything onto the disk before the rename makes it count."""
    files = {}
    for path in _files(folder):
        files[path.relative_to(folder).as_posix()] = {"size": path.stat().st_size, "sha256": file_hash(path)}
        _sync(path)
    (folder / MANIFEST).write_text(json.dumps({"files": files}, indent=1, sort_keys=True))
    _sync(folder / MANIFEST)
    _sync(folder)


def _sound(folder: Path) -> bool:
    """Whether the folder holds exactly the files of its manifest, byte for byte."""
    try:
        files = json.loads((folder / MANIFEST).read_bytes())["files"]
        if {path.relative_to(folder).as_posix() for path in _files(folder)} != set(files):
            return False
        return all(
            (folder / name).stat().st_size == entry["size"] and file_hash(folder / name) == entry["sha256"]
            for name, entry in files.items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
