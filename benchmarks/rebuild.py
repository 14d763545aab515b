"""What a change costs: one sentence, nothing at all, one more lecture in a course of 200."""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path

import yaml

from benchmarks.measure import Cost, Course, run, table
from benchmarks.setting import Setting
from scripts.reader import read_lecture

IMPORTED = """
import sys
from render.cli import app
app(sys.argv[1:], standalone_mode=False)
heavy = {"manim", "torch", "distributed", "moviepy", "av"} & set(sys.modules)
assert not heavy, heavy
"""
TRIVIAL = '''"""A scene of nothing much."""

from manim import Create, Square

from scenes.stage import LectureScene


class {name}(LectureScene):
    lecture = "{lecture}"
    trace_name = "lora/merge"

    def construct(self):
        with self.beat("one"):
            self.play(Create(Square()))
'''


def rebuild(setting: Setting) -> str:
    """A table of first build, no change, one sentence; and of planning."""
    course, store = Course.copy(setting.folder / "changing"), setting.folder / "store-changing"
    first = course.lecture(store, *setting.build, "--jobs", "1")
    script = read_lecture(setting.lecture, setting.language)
    scene = min(script.scenes, key=lambda each: len(each.beats))
    path = f"scripts/{setting.lecture}/{setting.language}.md"
    nothing, alone, changed = [], [], []
    for number in range(setting.rounds):
        command = [sys.executable, "-c", IMPORTED, *setting.build]
        nothing.append(run(command, course.root, course.environment(store)))
        text = (course.root / path).read_text(encoding="utf-8")
        (course.root / path).write_text(longer(text, scene.beats[-1].line, number + 1), encoding="utf-8")
        changed.append(course.lecture(store, *setting.build, "--jobs", "1"))
        alone.append(scene_alone(course, setting, scene.name, number))
        (course.root / path).write_text(text, encoding="utf-8")
        setting.said(f"rebuild {number + 1} of {setting.rounds} done")
    idle, one, bare = Cost.middle(nothing), Cost.middle(changed), Cost.middle(alone)
    share = first.cpu / len(script.scenes)
    rows = [
        ["first build, one worker", first.cpu, first.wall, ""],
        ["nothing changed", idle.cpu, idle.wall, "under 1.5 s wall; neither manim, torch nor Dask is imported"],
        [f"one sentence of {scene.name} changed", one.cpu, one.wall, ""],
        [f"{scene.name} alone", bare.cpu, bare.wall, ""],
        ["above the scene itself / one scene's share", (one.cpu - bare.cpu) / share, "", "at most 0.25"],
    ]
    return table(["what", "CPU s", "wall s", "wanted"], rows) + "\n" + planning(setting)


def longer(text: str, line: int, times: int) -> str:
    """The script with the last sentence of the beat at `line` a little longer, each time in another way."""
    lines = text.splitlines()
    end = next(number for number in range(line, len(lines)) if lines[number].startswith(":::"))
    last = next(number for number in range(end - 1, line - 1, -1) if lines[number].strip())
    lines[last] = lines[last][:-1] + "，好" * times + lines[last][-1]
    return "\n".join(lines) + "\n"


def scene_alone(course: Course, setting: Setting, scene: str, number: int) -> Cost:
    """Rendering just the changed scene, in a process that does nothing else."""
    code = (
        "import sys, tempfile; from pathlib import Path; from render.apart import Say; from render.scene import make\n"
        "from scripts.agreement import scene_modules; from scripts.course import load_course\n"
        "lecture, scene, language, quality = sys.argv[1:]\n"
        "module = scene_modules(load_course().lecture(lecture))[scene].stem\n"
        "make(Path(tempfile.mkdtemp()), {}, Say(lambda message: None), module=module, scene=scene,\n"
        "     language=language, voice='espeak', quality_name=quality, held=True)\n"
    )
    command = [sys.executable, "-c", code, setting.lecture, scene, setting.language, setting.quality]
    return run(command, course.root, course.environment(setting.folder / f"store-alone-{number}"))


def planning(setting: Setting) -> str:
    """Wall clock of `--dry-run` when one lecture was added to 50, 100 and 200 that are built."""
    rows = []
    for count in (50, 100, 200):
        course, store = made_up(setting.folder / f"course-{count}", count)
        began = time.monotonic()
        cost = course.lecture(store, "build", "--all", "--lang", "zh", "--dry-run")
        said = (course.root / "run.log").read_text(encoding="utf-8").splitlines()[-1]
        rows.append([f"{count} built, one added", time.monotonic() - began, cost.cpu, said])
        shutil.rmtree(course.root)
    return table(["planning", "wall s", "CPU s", "it said"], rows)


def made_up(root: Path, count: int) -> tuple[Course, Path]:
    """A course of `count` + 1 trivial lectures; what the first `count` want lies in the store, made up too."""
    course, store = Course.copy(root), root / "store"
    outline = yaml.safe_load((root / "scripts/course.yaml").read_text(encoding="utf-8"))
    chapter = outline["chapters"][0]
    outline["chapters"], chapter["lectures"] = [chapter], []
    folder = root / "scripts" / chapter["id"]
    shutil.rmtree(folder, ignore_errors=True)
    for number in range(count + 1):
        name = f"made-up-{number}"
        entry = {"id": name, "title": {"zh": f"第 {number} 课", "en": f"Lecture {number}"}, "level": "beginner"}
        points = [{"zh": "点", "en": "Point"}]
        scene = f"MadeUp{number}"
        chapter["lectures"].append(
            entry
            | {"status": "video", "points": points, "scenes": f"scenes/madeup{number}.py", "traces": ["lora/merge"]}
        )
        (folder / name).mkdir(parents=True)
        for language, word in (("zh", "看。"), ("en", "Look.")):
            beat = f":::{{beat}} one\n{word}\n:::\n"
            text = f"---\ntitle: {number}\n---\n\n## A\n\n::::{{scene}} {scene}\n:title: {number}\n\n{beat}::::\n"
            (folder / name / f"{language}.md").write_text(text, encoding="utf-8")
        (root / f"scenes/madeup{number}.py").write_text(TRIVIAL.format(name=scene, lecture=f"{chapter['id']}/{name}"))
    (root / "scripts/course.yaml").write_text(yaml.safe_dump(outline, allow_unicode=True), encoding="utf-8")
    fill = (
        "import sys; from render.plan import plan; from store import Store\n"
        "for number in range(int(sys.argv[1])):\n"
        "    for step in plan(f'{sys.argv[2]}/made-up-{number}', 'zh', 'm', 'espeak').targets:\n"
        "        Store().produce(step.key, lambda folder: (folder / 'result').write_bytes(bytes(100_000)))\n"
    )
    run([sys.executable, "-c", fill, str(count), chapter["id"]], root, course.environment(store))
    return course, store
