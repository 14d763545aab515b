"""Builds of the toy course: what is redone, what is kept, why, and how a graph of steps runs."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.building import filling
from render.errors import BuildError
from render.graph import Step, Where, build, missing
from render.history import History
from render.parts import ranges
from render.plan import plan
from render.show import Show
from render.video import length, stills
from store import Store
from tests.conftest import LECTURE, Course


def steps(done: subprocess.CompletedProcess[str]) -> set[str]:
    """Names of the steps a build ran."""
    return set(re.findall(r"^\d+/\d+  (.+?)  [\d.]+ s\b", done.stderr, re.MULTILINE))


# What is redone


def test_second_build_does_nothing(built: Course):
    before = built.movie.stat().st_mtime_ns
    probe = (
        "import sys, time; began = time.monotonic()\n"
        "from render.cli import app\n"
        f"app(['build', '{LECTURE}', '--lang', 'zh', '--quality', 'l'], standalone_mode=False)\n"
        "heavy = {'manim', 'torch', 'moviepy', 'av', 'transformers', 'distributed', 'rich.progress'}\n"
        "heavy &= set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "print('seconds', time.monotonic() - began)"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe], cwd=built.root, env=built.environment(), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "nothing to do" in done.stdout and not steps(done)
    assert float(done.stdout.split()[-1]) < 5  # 0.4 s on an idle machine
    assert built.movie.stat().st_mtime_ns == before


def test_one_sentence_redoes_one_scene(built: Course):
    built.edit("scripts/01-toy/first/zh.md", "这一课就结束了", "这一课到此为止")
    done = built.build()
    assert done.returncode == 0, done.stderr
    assert steps(done) == {
        "speech Second zh",
        "scene Second zh",
        f"lecture {LECTURE} zh",
        f"preview {LECTURE} zh",
    }


def test_other_language_redoes_captions_only(built: Course):
    built.edit("scripts/01-toy/first/en.md", "the lecture is over", "that is all")
    assert steps(built.build()) == {f"lecture {LECTURE} zh"}
    assert "that is all" in (built.movie.parent / "first.zh.en.srt").read_text()


def test_page_text_redoes_nothing_but_the_page(built: Course):
    built.edit("scripts/01-toy/first/zh.md", "这里有一个方块。", "这里有一个方块，\n\n还有一段话。")
    done = built.build()
    assert "nothing to do" in done.stdout
    assert "还有一段话" in (built.movie.parent / "first.zh.md").read_text(encoding="utf-8")


def test_scene_source_redoes_its_scenes_only(built: Course):
    built.edit("scenes/toy.py", "INK.lora_a", "INK.lora_b")
    found = steps(built.build())
    assert {"scene First zh", "scene Second zh"} <= found and not any("speech" in step for step in found)


def test_moved_clone_is_still_built(once: Course, tmp_path: Path):
    import shutil

    shutil.copytree(once.root, tmp_path / "elsewhere")
    assert "nothing to do" in Course(tmp_path / "elsewhere").build().stdout


def test_lost_and_damaged_results_come_back(built: Course, once: Course):
    """A flipped bit that keeps size and time is found when the file is used; the movie is right again."""
    videos = list((built.root / "build/store/entries").glob("*/*/video.mp4"))
    stat = videos[0].stat()
    data = bytearray(videos[0].read_bytes())
    data[len(data) // 2] ^= 4
    videos[0].write_bytes(bytes(data))
    os.utime(videos[0], ns=(stat.st_atime_ns, stat.st_mtime_ns))
    lost = next((built.root / "build/store/entries").glob("*/*/lecture.mp4"))
    lost.unlink()
    built.movie.unlink()
    done = built.build()
    assert done.returncode == 0, done.stderr
    assert len([step for step in steps(done) if step.startswith("scene")]) == 1
    assert built.movie.read_bytes() == once.movie.read_bytes()


def test_damaged_movie_is_laid_out_again(built: Course, once: Course):
    built.movie.write_bytes(built.movie.read_bytes()[:-9])
    assert "nothing to do" in built.build().stdout
    assert built.movie.read_bytes() == once.movie.read_bytes()


def test_capture_is_the_first_step(built: Course):
    done = built.build("--capture")
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("1/1  capture toy/count")
    assert "5" in (built.movie.parent / "first.zh.srt").read_text(encoding="utf-8").split("\n\n")[0].split("\n")[2]
    assert "nothing to do" in built.build("--capture").stdout


# Parts


def test_a_scene_in_parts_is_the_same_scene(toy: Course, once: Course):
    done = toy.build("--split", "2", "--cfr")
    assert done.returncode == 0, done.stderr
    assert {"scene First zh part 1", "scene First zh part 2", "scene First zh", "scene Second zh"} <= steps(done)
    assert "nothing to do" in toy.build("--cfr").stdout  # in parts or whole: one result
    count = length(once.movie, 15)
    assert length(toy.movie, 15) == count
    one, other = (stills(movie, range(count), 15) for movie in (once.movie, toy.movie))
    for number in range(count):
        assert np.abs(np.asarray(one[number], int) - np.asarray(other[number], int)).mean() < 1, f"frame {number}"


def test_scenes_are_divided_only_where_workers_would_be_idle(tmp_path: Path):
    store, whole = Store(tmp_path), plan("09-lora/merge", "zh", "l", "espeak")

    def parts(jobs: int, scheduler: str | None = None) -> Counter[str]:
        (found,) = filling(
            lambda parts: [plan("09-lora/merge", "zh", "l", "espeak", split=parts)], store, Where(jobs, scheduler), {}
        )
        names = (step.name for step in missing(found.targets, store, {}))
        return Counter(name.split()[1] for name in names if " part " in name)

    assert not parts(4)  # one scene each
    assert parts(8) == dict.fromkeys(whole.scenes, 2)
    assert not parts(8, "tcp://127.0.0.1:1")  # how many are idle there is not known here
    *drawn, left = whole.scenes
    for name in drawn:
        store.produce(whole.scenes[name].key, lambda folder: (folder / "result").write_bytes(b"done"))
    assert parts(2) == {left: 2}
    assert not parts(1)
    History(tmp_path).note(whole.scenes[left], seconds=2.0)
    assert not parts(2)  # too short to pay


@given(st.lists(st.floats(0.1, 50), min_size=1, max_size=9), st.integers(1, 6))
def test_parts_cover_all_beats_in_order(weights: list[float], parts: int):
    found = ranges(weights, parts)
    assert found[0][0] == 0 and found[-1][1] == len(weights) and len(found) <= parts
    assert all(first < end for first, end in found)
    assert all(one[1] == two[0] for one, two in pairwise(found))


def test_parts_are_even():
    assert ranges([1, 1, 1, 1], 2) == [(0, 2), (2, 4)]
    assert ranges([5, 1, 1, 1], 2) == [(0, 1), (1, 4)]
    assert ranges([3], 4) == [(0, 1)]


# What is said


def test_explain_says_what_is_fresh_and_why_the_rest_runs(built: Course):
    done = built.build("--explain", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "0 of 7 steps to run, about 0 s of work"
    assert all(line.startswith("fresh  ") for line in done.stdout.splitlines()[:-1])

    built.edit("scripts/01-toy/first/zh.md", "这一课就结束了", "这一课到此为止")
    built.edit("scenes/toy.py", "INK.lora_a", "INK.lora_b")
    lost = next((built.root / "build/store/entries").glob("*/*/preview.gif")).parent
    lost.rename(lost.with_name("lost"))
    before = built.movie.read_bytes()
    said = built.build("--explain", "--dry-run").stdout
    assert re.search(r"^run    speech Second zh  changed: words$", said, re.MULTILINE)
    assert re.search(r"^run    scene First zh  changed: source scenes/toy.py$", said, re.MULTILINE)
    assert re.search(
        r"^run    scene Second zh  changed: source scenes/toy.py, speech, words; after speech Second zh$",
        said,
        re.MULTILINE,
    )
    assert "fresh  speech First zh" in said and "fresh  card" in said
    assert "fresh" not in built.build("--dry-run").stdout
    assert built.movie.read_bytes() == before


def test_explain_tells_a_lost_result_from_a_changed_one(built: Course):
    lost = next((built.root / "build/store/entries").glob("*/*/lecture.mp4"))
    lost.write_bytes(b"")
    assert f"run    lecture {LECTURE} zh  its result is missing or damaged" in built.build("--dry-run").stdout


def test_explain_names_a_version(built: Course):
    step = Step("a", "test", "m:f", reads={"versions": {"av": "1", "numpy": "2"}})
    newer = Step("a", "test", "m:f", reads={"versions": {"av": "2", "numpy": "2"}})
    history = History(built.root)
    assert history.why(step) == "never built here"
    history.note(step, 3.0)
    assert history.why(newer) == "changed: version of av" and history.seconds(newer) == 3.0


def test_what_failed_is_listed_and_the_rest_is_built(built: Course):
    built.edit("scenes/toy.py", "Create(Square(color=INK.lora_a))", "1 / 0")
    done = built.build()
    assert done.returncode == 2
    assert "scene First zh" in steps(done)  # its source changed too
    assert f"not started  lecture {LECTURE} zh, it needs scene Second zh" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("error: scene Second zh: beat 'last': ZeroDivisionError")


# The graph alone


def fill(folder: Path, deps: dict[str, Path], say: object, *, text: str) -> None:
    """A step for these tests, found by its worker as tests.test_build:fill."""
    if text == "stop":
        raise BuildError("told to stop")
    if text == "bug":
        raise ZeroDivisionError("division\nby zero")
    if text == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    before = "".join((path / "out").read_text() for _, path in sorted(deps.items()))
    (folder / "out").write_text(before + text)


def step(name: str, text: str, **deps: Step) -> Step:
    return Step(name=name, kind="test", run="tests.test_build:fill", arguments={"text": text}, deps=deps)


def test_graph_runs_dependencies_first_and_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    a = step("a", "a")
    last = step("d", "d", one=step("b", "b", a=a), two=step("c", "c", a=a))
    folders = build([last, a], Store(tmp_path), Show())
    assert (folders["d"] / "out").read_text() == "abacd"
    assert len(capsys.readouterr().err.splitlines()) == 4
    build([last, a], Store(tmp_path), Show())
    assert capsys.readouterr().err == ""


def test_graph_failure_stops_what_depends_on_it_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    bad = step("bad", "stop")
    with pytest.raises(BuildError, match=r"^bad: told to stop$"):
        build([step("after", "x", bad=bad), step("fine", "y")], Store(tmp_path), Show())
    assert "fine" in capsys.readouterr().err
    assert Store(tmp_path).get(step("fine", "y").key)


def test_graph_step_that_kills_two_workers_stops_what_depends_on_it_only(tmp_path: Path):
    deadly = [step(f"deadly {number}", "die", number=step(str(number), str(number))) for number in range(3)]
    with pytest.raises(BuildError) as raised:
        build([*deadly, step("fine", "y", x=step("x", "x"))], Store(tmp_path), Show())
    assert {line for line in str(raised.value).splitlines()} == {
        f"deadly {number}: two workers died over it; build again to go on from here" for number in range(3)
    }
    assert Store(tmp_path).get(step("fine", "y", x=step("x", "x")).key)


def test_graph_says_when_workers_cannot_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(BuildError, match=r"^workers end as soon as they start; see .*worker-1\.log$"):
        build([step("a", "a")], Store(tmp_path), Show())


def test_graph_bug_is_one_line_with_a_log(tmp_path: Path):
    with pytest.raises(BuildError) as raised:
        build([step("bug", "bug")], Store(tmp_path), Show())
    found = re.fullmatch(r"bug: ZeroDivisionError: division by zero \(details: (.+)\)", str(raised.value))
    assert found and "Traceback" in Path(found[1]).read_text()


def test_keys_change_with_everything_a_step_reads():
    base = step("a", "a")
    others = [
        step("a", "b"),
        step("a", "a", dep=step("x", "x")),
        step("a", "a", other=step("x", "x")),
        step("a", "a", dep=step("x", "y")),
        Step(**{**vars(base), "reads": {"versions": "2"}}),
        Step(**{**vars(base), "run": "other:fill"}),
    ]
    assert len({base.key, *(other.key for other in others)}) == 7
    assert step("another name", "a").key == base.key
