"""A store that many machines share: two folders as two machines, and the address in between."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from store import Store, StoreError, key

KEY = key("a film")


@pytest.fixture
def address(tmp_path: Path) -> str:
    return f"file://{tmp_path / 'shared'}"


def machine(tmp_path: Path, name: str, address: str, monkeypatch: pytest.MonkeyPatch) -> Store:
    """The store as a machine with a cache of its own sees it."""
    monkeypatch.setenv("LECTURE_CACHE", str(tmp_path / name))
    return Store(address)


def film(folder: Path) -> None:
    (folder / "voice").mkdir()
    (folder / "voice/0.wav").write_bytes(b"voice")
    (folder / "video.mp4").write_bytes(b"film")


def never(folder: Path) -> None:
    raise AssertionError("made twice")


def test_what_one_machine_made_the_other_has(tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch):
    one, two = (machine(tmp_path, name, address, monkeypatch) for name in ("one", "two"))
    assert two.get(KEY) is None
    one.produce(KEY, film)
    found = two.produce(KEY, never)
    assert found.is_relative_to(tmp_path / "two") and (found / "voice/0.wav").read_bytes() == b"voice"
    assert two.address == address


def shared_files(tmp_path: Path) -> Path:
    return tmp_path / "shared/entries" / KEY[:2] / KEY


@pytest.mark.parametrize("fault", ["flipped", "cut", "lost", "manifest cut"])
def test_damage_on_the_way_is_found_and_mended(fault: str, tmp_path: Path, address: str, monkeypatch):
    one, two = (machine(tmp_path, name, address, monkeypatch) for name in ("one", "two"))
    one.produce(KEY, film)
    there = shared_files(tmp_path)
    if fault == "flipped":
        (there / "video.mp4").write_bytes(b"filn")
    elif fault == "cut":
        (there / "video.mp4").write_bytes(b"fi")
    elif fault == "lost":
        (there / "voice/0.wav").unlink()
    else:
        (there / "manifest.json").write_bytes(b'{"files": {')
    assert two.get(KEY) is None
    two.produce(KEY, film)
    assert (machine(tmp_path, "three", address, monkeypatch).produce(KEY, never) / "video.mp4").read_bytes() == b"film"


@pytest.mark.parametrize("name", ["../../escape", "/etc/escape", "a/../../escape"])
def test_names_that_leave_the_entry_are_refused(name: str, tmp_path: Path, address: str, monkeypatch):
    machine(tmp_path, "one", address, monkeypatch).produce(KEY, film)
    manifest = shared_files(tmp_path) / "manifest.json"
    manifest.write_text(json.dumps({"files": {name: {"size": 0, "sha256": ""}}}))
    assert machine(tmp_path, "two", address, monkeypatch).get(KEY) is None
    assert not list(tmp_path.rglob("escape"))


def test_what_is_only_here_can_be_offered(tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch):
    Store(tmp_path / "one").produce(KEY, film)
    machine(tmp_path, "one", address, monkeypatch).offer(KEY)
    assert machine(tmp_path, "two", address, monkeypatch).get(KEY)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("nothing://bucket", "nothing://bucket"),
        ("s3://bucket/course", "s3"),
        ("file:///proc/nowhere", "cannot be used"),
    ],
)
def test_an_address_that_does_not_serve_is_one_line(address: str, said: str, tmp_path: Path, monkeypatch):
    with pytest.raises(StoreError, match=said) as raised:
        machine(tmp_path, "one", address, monkeypatch).produce(KEY, film)
    assert "\n" not in str(raised.value)
