"""The server: Range, nothing outside its root, and no request that ends it."""

from __future__ import annotations

import socket
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.conftest import Course

VIDEO = "/media/01-toy/first.zh.mp4"


def ask(address: str, request: bytes, wait: bool = True) -> bytes:
    """The first bytes of the answer to a request as it stands."""
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(request)
        return connection.recv(65536) if wait else b""


def get(path: str, host: str = "127.0.0.1", more: str = "") -> bytes:
    """A plain request."""
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{more}Connection: close\r\n\r\n".encode()


def test_part_of_a_video(address: str, course: Path):
    whole = (course / f"build/lectures/{VIDEO.removeprefix('/media/')}").read_bytes()
    with urlopen(Request(address + VIDEO, headers={"Range": "bytes=100-199"})) as answer:
        assert answer.status == 206
        assert answer.headers["Content-Range"] == f"bytes 100-199/{len(whole)}"
        assert answer.read() == whole[100:200]


@pytest.mark.parametrize(
    "path",
    (
        "/../../scripts/course.yaml",
        "/zh/../../../scripts/course.yaml",
        "/..%2f..%2fscripts/course.yaml",
        "/%2e%2e/%2e%2e/scripts/course.yaml",
        "/zh/..\\..\\..\\scripts\\course.yaml",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/link.yaml",
    ),
)
def test_nothing_outside_the_root(address: str, course: Path, path: str):
    link = course / "build/site/link.yaml"
    if not link.is_symlink():
        link.symlink_to(course / "scripts/course.yaml")
    answer = ask(address, get(path))
    assert answer.split(b" ")[1] in (b"400", b"404"), answer
    assert b"toy" not in answer and b"root:" not in answer


def test_a_foreign_name_gets_nothing(address: str):
    assert ask(address, get("/", host="elsewhere.example")).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    "request_",
    (
        b"\x00\xff\xfe nonsense\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        get("/" + "a" * 100_000),
        get("/", more="X: " + "b" * 200_000 + "\r\n"),
        get("/%ff%fe%00"),
        get(VIDEO, more="Range: bytes=9999999999-\r\n"),
        get(VIDEO, more="Range: bytes=nonsense\r\n"),
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\n\r\nhello",
    ),
    ids=("bytes", "version", "long path", "long header", "bad escape", "far range", "bad range", "post"),
)
def test_broken_requests_end_nothing(address: str, request_: bytes):
    answer = ask(address, request_)
    assert not answer or answer.split(b" ")[1].startswith(b"4"), answer
    with urlopen(address + "/zh/index.html") as after:
        assert after.status == 200


def test_a_reader_who_leaves_ends_nothing(address: str):
    for _ in range(20):
        ask(address, get(VIDEO), wait=False)
        ask(address, b"GET / HTTP", wait=False)
    with urlopen(address + "/zh/index.html") as after:
        assert after.status == 200


def test_watch_without_a_site_says_what_to_do(toy: Course):
    done = toy.run("watch")
    assert done.returncode == 2
    assert done.stderr.strip() == f"error: {toy.root}/build/site: no site there yet; run `lecture site`"


def test_a_port_that_is_taken_is_told(toy: Course):
    (toy.root / "build/site").mkdir(parents=True)
    (toy.root / "build/site/index.html").write_text("", encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = toy.run("watch", "--port", str(port))
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: port {port} cannot be used: ") and "--port" in done.stderr
