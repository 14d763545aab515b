"""What a person sees of a build, on a terminal and in a log."""

from __future__ import annotations

import io
import time

import pytest

from render import show as module
from render.show import Show


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Clock:
    """A clock that goes as it is told."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(module, "time", found)
    return found


def test_log_counts_and_estimates(clock: Clock):
    log = io.StringIO()
    show = Show(log)
    show.plan({"speech A": 10.0, "scene A": 90.0, "lecture": 100.0})
    show.begin("speech A", "worker 1")
    clock.now = 20.0
    show.done("speech A", 20.0)
    show.begin("scene A", "worker 1")
    show.say("scene A", "first", 0.5)
    show.warn("scene A: a beat is late")
    clock.now = 200.0
    show.done("scene A", 180.0)
    show.begin("lecture", "worker 2")
    clock.now = 400.0
    show.done("lecture", 200.0)
    assert log.getvalue().splitlines() == [
        "1/3  speech A  20.0 s  about 6 min left",  # 10 of 200 in 20 s
        "warning: scene A: a beat is late",
        "2/3  scene A  180.0 s  about 3 min left",
        "3/3  lecture  200.0 s",
    ]


def test_no_estimate_before_there_is_reason_for_one(clock: Clock):
    log = io.StringIO()
    show = Show(log)
    show.plan({"card": 1.0, "scene": 99.0})
    show.done("card", 1.0)
    assert log.getvalue() == "1/2  card  1.0 s\n"


def test_log_tells_what_failed_and_what_waits_for_it():
    log = io.StringIO()
    show = Show(log)
    show.plan({"scene": 1.0, "lecture": 1.0})
    show.begin("scene", "worker 1")
    show.fail("scene")
    show.skip("lecture", "scene")
    show.rest()
    assert log.getvalue() == "failed  scene\nnot started  lecture, it needs scene\n"


def test_terminal_shows_who_does_what(clock: Clock, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "120")
    terminal = Terminal()
    show = Show(terminal)
    show.plan({"scene A": 10.0, "scene B": 10.0})
    show.begin("scene A", "worker 1")
    show.begin("scene B", "worker 2")
    show.say("scene B", "backward", 0.5)
    clock.now = 5.0
    show.tick()
    time.sleep(0.3)  # the display is drawn ten times a second
    show.rest()
    seen = terminal.getvalue()
    for part in ("worker 1  scene A", "worker 2  scene B", "backward", "0/2  about 15 s left"):
        assert part in seen
    show.plan({"scene C": 5.0})  # more work: the display comes back
    show.begin("scene C", "worker 1")
    show.done("scene C", 1.0)
    show.rest()
    assert "scene C" in terminal.getvalue()
