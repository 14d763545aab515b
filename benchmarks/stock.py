"""First build of a lecture against today's habit: the `manim` command per scene, joined by moviepy or by copying."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from benchmarks.measure import Cost, Course, run, table
from benchmarks.setting import Setting
from render.quality import quality
from scripts.agreement import scene_modules
from scripts.course import load_course
from scripts.reader import read_lecture

MOVIEPY = """
import sys
from moviepy import VideoFileClip, concatenate_videoclips
*parts, out, fps = sys.argv[1:]
clips = [VideoFileClip(part) for part in parts]
concatenate_videoclips(clips).write_videofile(out, fps=int(fps), codec="libx264", audio_codec="aac", logger=None)
"""


def scenes(setting: Setting) -> list[tuple[str, str]]:
    """(module, class) of the lecture's scenes."""
    modules = scene_modules(load_course().lecture(setting.lecture))
    return [(modules[s.name].stem, s.name) for s in read_lecture(setting.lecture, setting.language).scenes]


def render_stock(course: Course, setting: Setting, work: Path) -> tuple[Cost, list[Path]]:
    """Every scene by manim's own command, with its voice; nothing is there before."""
    chosen, total, movies = quality(setting.quality), Cost(0, 0, 0), []
    environment = course.environment(work / "store", LECTURE_LANG=setting.language)
    for module, name in scenes(setting):
        size = ["-r", f"{chosen.width},{chosen.height}", "--fps", str(chosen.fps)]
        where = ["--media_dir", str(work / "media"), "--progress_bar", "none", "-v", "ERROR"]
        command = [sys.executable, "-m", "manim", "render", *size, *where, f"scenes/{module}.py", name]
        total += run(command, course.root, environment)
        movies.append(next((work / "media/videos" / module).glob(f"*/{name}.mp4")))
    return total, movies


def join_moviepy(course: Course, setting: Setting, movies: list[Path], out: Path) -> Cost:
    """Decode and encode again, as `concatenate_videoclips` does."""
    fps = str(quality(setting.quality).fps)
    command = [sys.executable, "-c", MOVIEPY, *map(str, movies), str(out), fps]
    return run(command, course.root, course.environment(out.parent / "store"))


def join_copy(course: Course, movies: list[Path], out: Path) -> Cost:
    """ffmpeg's concat demuxer, pictures copied, sound encoded once."""
    import imageio_ffmpeg

    listed = out.with_suffix(".txt")
    listed.write_text("".join(f"file '{movie}'\n" for movie in movies))
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-f", "concat", "-safe", "0", "-i", str(listed)]
    command += ["-c:v", "copy", "-c:a", "aac", str(out)]
    return run(command, course.root, course.environment(out.parent / "store"))


def compare(setting: Setting) -> str:
    """Interleaved rounds; a Markdown table of medians and ratios. Leaves the last round's movies for `picture`."""
    course = Course.copy(setting.folder / "course")
    costs: dict[str, list[Cost]] = {}
    for number in range(setting.rounds):
        work = setting.folder / "stock"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        rendered, movies = render_stock(course, setting, work)
        costs.setdefault("manim per scene", []).append(rendered)
        costs.setdefault("joining by moviepy", []).append(join_moviepy(course, setting, movies, work / "moviepy.mp4"))
        costs.setdefault("joining by copying", []).append(join_copy(course, movies, work / "copied.mp4"))
        for jobs in (1, 2):
            store = setting.folder / f"store-{jobs}"
            shutil.rmtree(store, ignore_errors=True)
            cost = course.lecture(store, *setting.build, "--jobs", str(jobs))
            costs.setdefault(f"lecture build, {jobs} worker{'s' * (jobs > 1)}", []).append(cost)
        setting.said(f"round {number + 1} of {setting.rounds} done")
    middle = {name: Cost.middle(found) for name, found in costs.items()}
    stock, ours = middle["manim per scene"], middle["lecture build, 1 worker"]
    two = middle["lecture build, 2 workers"]
    by_moviepy, by_copy = stock + middle["joining by moviepy"], stock + middle["joining by copying"]
    rows = [[name, cost.cpu, cost.wall, cost.memory] for name, cost in middle.items()]
    ratios = [
        ["CPU, manim + moviepy / ours", by_moviepy.cpu / ours.cpu, "at least 4, aim 6"],
        ["CPU, manim + copying / ours", by_copy.cpu / ours.cpu, "at least 2.5, aim 3.5"],
        ["wall, one worker / two", ours.wall / two.wall, "at least 1.7"],
        ["wall, manim + moviepy / ours with two workers", by_moviepy.wall / two.wall, ""],
    ]
    return (
        table(["first build", "CPU s", "wall s", "peak MB"], rows)
        + "\n"
        + table(["ratio", "measured", "wanted"], ratios)
    )
