"""The store: an entry is whole or absent, whatever happens to the process, the disk or the bytes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import CourseError, Store, StoreError, key
from store.sources import closure, source_hash
from tests.conftest import ROOT

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
OBJECTS = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12)


def write(text: str) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        (folder / "out.txt").write_text(text)

    return make


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def leftovers(store: Store) -> list[Path]:
    return list((store.root / "making").glob("*"))


# Keys


@given(OBJECTS)
def test_key_survives_json(value):
    assert key(value) == key(json.loads(json.dumps(value)))


@given(st.dictionaries(st.text(), SCALARS, min_size=1))
def test_key_ignores_order_only(value):
    assert key(value) == key(dict(reversed(value.items())))
    assert key(value) != key([value]) != key([[value]])


def test_key_tells_apart():
    values = [0, "0", [0], None, [], {}, "", False, [[], []], [[[]]], {"a": 1}, {"a": "1"}, "\ud800", 1e-9]
    assert len({key(value) for value in values}) == len(values)
    assert key((1, 2)) == key([1, 2])


@pytest.mark.parametrize("value", [{1: "a"}, {None: 1}, [{2: 3}], float("nan"), float("inf"), object(), Path("a")])
def test_key_refuses(value):
    with pytest.raises((TypeError, ValueError)):
        key(value)


# Entries


def test_produce_once(store):
    calls = []

    def make(folder: Path) -> None:
        calls.append(folder)
        write("hello")(folder)

    for _ in range(3):
        folder = store.produce(key("a"), make)
    assert len(calls) == 1
    assert (folder / "out.txt").read_text() == "hello"
    assert store.get(key("a")) == folder
    assert store.get(key("b")) is None
    assert not leftovers(store)


def test_nested_folders_and_empty_entry(store):
    def make(folder: Path) -> None:
        (folder / "deep/er").mkdir(parents=True)
        (folder / "deep/er/file").write_bytes(b"\0")

    assert store.get(key("empty")) is None
    assert store.produce(key("empty"), lambda folder: None) == store.get(key("empty"))
    assert (store.produce(key("deep"), make) / "deep/er/file").read_bytes() == b"\0"


def test_exception_leaves_nothing(store):
    def fail(folder: Path) -> None:
        (folder / "half").write_text("half")
        raise ZeroDivisionError("no")

    with pytest.raises(ZeroDivisionError):
        store.produce(key("a"), fail)
    assert store.get(key("a")) is None and not leftovers(store)
    assert store.produce(key("a"), write("whole"))


def flip(path: Path) -> None:
    """One bit, with size and time as before."""
    stat = path.stat()
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


DAMAGES = {
    "bit flip": lambda folder: flip(folder / "out.txt"),
    "truncated": lambda folder: os.truncate(folder / "out.txt", 3),
    "file gone": lambda folder: (folder / "out.txt").unlink(),
    "file more": lambda folder: (folder / "more.txt").write_text("?"),
    "manifest gone": lambda folder: (folder / "manifest.json").unlink(),
    "manifest cut": lambda folder: os.truncate(folder / "manifest.json", 9),
    "manifest foreign": lambda folder: (folder / "manifest.json").write_text('{"files": [1]}'),
    "manifest other json": lambda folder: (folder / "manifest.json").write_text("[]"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_entry_is_made_again(store, damage):
    folder = store.produce(key("a"), write("hello world"))
    DAMAGES[damage](folder)
    assert store.get(key("a")) is None
    assert (store.produce(key("a"), write("hello world")) / "out.txt").read_text() == "hello world"
    assert (store.root / "damaged" / key("a")).is_dir()
    assert not (folder / "more.txt").exists()


def test_deleted_entry_is_made_again(store):
    import shutil

    shutil.rmtree(store.produce(key("a"), write("1")))
    assert store.get(key("a")) is None
    assert store.produce(key("a"), write("1"))


def test_root_from_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("LECTURE_STORE", str(tmp_path / "elsewhere"))
    assert Store().root == tmp_path / "elsewhere"
    monkeypatch.delenv("LECTURE_STORE")
    assert Store().root == ROOT / "build/store"


# Processes

MAKER = """
import sys, time
from pathlib import Path
from store import Store, key
def make(folder):
    with open(sys.argv[2], "a") as log: log.write("made\\n")
    (folder / "out.txt").write_text("x" * 1000)
    print("making", flush=True)
    time.sleep(float(sys.argv[3]))
print(Store(sys.argv[1]).produce(key("shared"), make), flush=True)
"""


def maker(store: Store, log: Path, seconds: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", MAKER, str(store.root), str(log), str(seconds)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_two_processes_make_one_key_once(store, tmp_path):
    log = tmp_path / "log"
    makers = [maker(store, log, 0.5) for _ in range(3)]
    answers = {process.communicate(timeout=30)[0].split()[-1] for process in makers}
    assert answers == {str(store.get(key("shared")))}
    assert log.read_text() == "made\n"


def test_threads_make_one_key_once(store):
    made, folders = [], []

    def make(folder: Path) -> None:
        made.append(1)
        time.sleep(0.2)
        write("x")(folder)

    threads = [threading.Thread(target=lambda: folders.append(store.produce(key(1), make))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1 and len(set(folders)) == 1


def test_killed_maker_loses_only_its_own(store, tmp_path):
    process = maker(store, tmp_path / "log", 60)
    assert process.stdout and process.stdout.readline() == "making\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert store.get(key("shared")) is None
    assert len(leftovers(store)) == 1
    store.sweep()
    assert not leftovers(store)
    assert store.produce(key("shared"), write("again"))


def test_sweep_leaves_the_living_alone(store, tmp_path):
    process = maker(store, tmp_path / "log", 1)
    assert process.stdout and process.stdout.readline() == "making\n"
    store.sweep()
    assert len(leftovers(store)) == 1
    assert process.communicate(timeout=30)[0] and store.get(key("shared"))


# Disks


def test_full_disk_is_one_line(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"no tmpfs here: {mounted.stderr.strip()}")
    try:
        store = Store(disk / "store")
        small = store.produce(key("small"), write("fits"))
        with pytest.raises(StoreError, match=r"disk full.*LECTURE_STORE") as raised:
            store.produce(key("large"), write("x" * (1 << 20)))
        assert "\n" not in str(raised.value)
        assert store.get(key("large")) is None and not leftovers(store)
        assert store.get(key("small")) == small
    finally:
        subprocess.run(["umount", disk], check=True)


def test_full_disk_behind_another_exception(store):
    def make(folder: Path) -> None:
        try:
            raise OSError(28, "No space left on device")
        except OSError as error:
            raise RuntimeError("encoder failed") from error

    with pytest.raises(StoreError, match="disk full"):
        store.produce(key("a"), make)


def test_read_only_is_one_line(tmp_path, monkeypatch):
    store = Store(tmp_path / "store")
    kept = store.produce(key("kept"), write("1"))

    def refuse(self, *arguments, **options):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "mkdir", refuse)
    assert store.produce(key("kept"), write("2")) == kept
    with pytest.raises(StoreError, match=r"cannot write to .*Permission denied.*LECTURE_STORE"):
        store.produce(key("new"), write("3"))


def test_other_permission_errors_keep_their_words(store):
    def make(folder: Path) -> None:
        raise PermissionError(13, "Permission denied", "/somewhere/else")

    with pytest.raises(PermissionError):
        store.produce(key("a"), make)


def test_root_that_is_a_file(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot make a store at"):
        Store(tmp_path / "file/store").produce(key("a"), write("1"))


# Sources


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    files = {
        "a.py": "import b\nfrom c import d\nimport json\n",
        "b.py": "x = 1\n",
        "c/__init__.py": "from . import e\n",
        "c/d.py": "def f():\n    from ..c.g import h\n",
        "c/e.py": "",
        "c/g/__init__.py": "",
        "c/g/h.py": "import a\n",
        "other.py": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_closure_follows_imports_within_the_repository(sources):
    found = {path.relative_to(sources).as_posix() for path in closure(sources / "a.py", sources)}
    assert found == {"a.py", "b.py", "c/__init__.py", "c/d.py", "c/e.py", "c/g/__init__.py", "c/g/h.py"}


def test_source_hash_changes_with_what_is_imported_only(sources):
    before = source_hash(sources / "a.py", sources)
    (sources / "other.py").write_text("y = 2")
    assert source_hash(sources / "a.py", sources) == before
    (sources / "c/g/h.py").write_text("import a\nz = 3\n")
    assert source_hash(sources / "a.py", sources) != before


def test_source_that_does_not_parse(sources):
    (sources / "b.py").write_text("x = (\n")
    with pytest.raises(CourseError, match=r"b\.py:1: "):
        source_hash(sources / "a.py", sources)
