"""What the `lecture` command does with plans: build, publish, and say where things are."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from render.graph import ANOTHER, Step, Where, build, missing
from render.history import History
from render.plan import Plan, captures, plan, sheet
from render.publish import BUILD, facts, place, publish
from render.quality import quality
from render.show import Show
from render.transcripts import transcribe
from scenes.look import Look
from scripts.course import load_course
from scripts.languages import written
from scripts.reader import read_lecture
from store import Store, key
from store.entries import REPOSITORY
from voice import get_voice, timeline

TRANSCRIPTS = REPOSITORY / "transcripts"


def build_lectures(
    lectures: Sequence[str],
    languages: Sequence[str],
    quality_name: str,
    voice: str,
    capture: bool = False,
    model: str | None = None,
    device: str = "cpu",
    held: bool = True,
    split: int | None = None,
    where: Where | None = None,
    explain: bool = False,
    dry: bool = False,
    look: Look | None = None,
) -> None:
    """Build and publish lectures; prints where they are.

    `split`: into how many parts to divide each scene; None divides them where workers would stand idle.
    `explain` tells for each step whether it is fresh or why it must run; with `dry` nothing runs.
    """
    started = time.monotonic()
    quality(quality_name)
    get_voice(voice)
    store, show = Store(), Show()
    if capture:
        names = list(dict.fromkeys(name for each in lectures for name in load_course().lecture(each).traces))
        if dry:
            tell(captures(names, model, device), store, explain)
            print("what comes after depends on the traces; without --capture the committed ones are used")
            return
        use_captured(names, model, device, store, show, where)

    def plans_in(parts: int) -> list[Plan]:
        return [
            plan(lecture, language, quality_name, voice, held, parts, look)
            for lecture in lectures
            for language in languages
        ]

    have: dict[str, Path] = {}
    plans = plans_in(split) if split else filling(plans_in, store, where or Where(), have)
    if explain or dry:
        tell(targets(plans), store, explain)
    if dry:
        return
    folders = build(targets(plans), store, show, where, have=have)
    for each in plans:
        report(each, publish(each, folders), facts(folders[each.stitched.name]))
    did = f"{show.finished} steps" if show.finished else "nothing to do"
    print(f"\n{did}, {time.monotonic() - started:.1f} s")


def filling(plans_in: Callable[[int], list[Plan]], store: Store, where: Where, have: dict[str, Path]) -> list[Plan]:
    """Plans whose scenes are in so many parts that every worker of this machine has one to draw, where that pays.

    Fills `have` with what the store holds.
    """
    plans, history = plans_in(1), History(store.root)
    waiting = [step for step in missing(targets(plans), store, have) if step.kind == "scene"]
    parts = where.jobs // len(waiting) if waiting and where.scheduler is None else 1
    longest = max((history.seconds(step) or step.weight for step in waiting), default=0)
    return plans_in(parts) if parts > 1 and longest > ANOTHER else plans


def tell(wanted: Sequence[Step], store: Store, everything: bool) -> None:
    """Which steps would run and why; `everything`: those that are fresh too."""
    have: dict[str, Path] = {}
    history, waiting = History(store.root), missing(wanted, store, have)
    run = {step.name for step in waiting}
    for step in all_steps(wanted):
        if step.name in run:
            needs = [dep.name for dep in step.deps.values() if dep.name in run]
            print(f"run    {step.name}  {history.why(step)}" + (f"; after {', '.join(needs)}" if needs else ""))
        elif everything:
            kept = step.name in have or store.get(step.key) is not None
            print(f"fresh  {step.name}" if kept else f"gone   {step.name}  not needed: what is made from it is fresh")
    seconds = sum(history.seconds(step) or step.weight for step in waiting)
    print(f"{len(waiting)} of {len(all_steps(wanted))} steps to run, about {seconds:.0f} s of work")


def all_steps(wanted: Sequence[Step]) -> list[Step]:
    """Steps and what they need, each once, what is needed first."""
    found: dict[str, Step] = {}

    def visit(step: Step) -> None:
        for dep in step.deps.values():
            if dep.name not in found:
                visit(dep)
        found[step.name] = step

    for step in wanted:
        if step.name not in found:
            visit(step)
    return list(found.values())


def build_sheets(
    lecture: str, languages: Sequence[str], quality_name: str, voice: str, look: Look | None = None
) -> None:
    """Build contact sheets; prints where they are."""
    store = Store()
    plans = [plan(lecture, language, quality_name, voice, look=look) for language in languages]
    sheets = [(each, scene, sheet(each, scene)) for each in plans for scene in each.scenes]
    folders = build([step for _, _, step in sheets], store)
    for each, scene, step in sheets:
        target = BUILD / "sheets" / f"{each.lecture.id}.{each.lecture.language}{each.look.suffix}" / f"{scene}.png"
        print(shown(place(folders[step.name] / "sheet.png", target)))


def targets(plans: Sequence[Plan]) -> list[Step]:
    """What all plans want; speech first, so that a silent voice is told before anything is drawn."""
    return [step for each in plans for step in each.targets]


def use_captured(
    names: Sequence[str], model: str | None, device: str, store: Store, show: Show, where: Where | None
) -> None:
    """Capture, and let everything after read these traces."""
    steps = captures(names, model, device)
    folders = build(steps, store, show, where)
    if len(steps) == 1:
        root = folders[steps[0].name]
    else:

        def gather(folder: Path) -> None:
            for step in steps:
                shutil.copytree(folders[step.name], folder, dirs_exist_ok=True, ignore=lambda *_: ["manifest.json"])

        root = store.produce(key(["traces", [step.key for step in steps]]), gather)
    os.environ["LECTURE_TRACES"] = str(root)


def write_transcripts(lectures: Sequence[str], voice: str, check: bool) -> list[Path]:
    """Write transcripts/<lecture>.<language>.{md,srt,vtt}; returns those that were not up to date."""
    from render.card import SECONDS

    stale = []
    for lecture in lectures:
        for language in written(lecture):
            script = read_lecture(lecture, language)
            lines = [timeline(scene, language, get_voice(voice)) for scene in script.scenes]
            target = TRANSCRIPTS / lecture
            with tempfile.TemporaryDirectory() as aside:
                made = transcribe(script, lines, Path(aside), SECONDS, f"{target.name}.{language}")
                changed = [path.name for path in made if not same(path, target.parent / path.name)]
            if changed and not check:
                transcribe(script, lines, target.parent, SECONDS, f"{target.name}.{language}")
            stale += [target.parent / name for name in changed]
    return [shown(path) for path in stale]


def same(one: Path, other: Path) -> bool:
    """Whether two files hold the same bytes."""
    return other.is_file() and one.read_bytes() == other.read_bytes()


def report(plan: Plan, placed: dict[str, Path], found: dict[str, object]) -> None:
    """Where things are and how to watch."""
    seconds = float(str(found["duration"]))
    print(f"\n{plan.lecture.title}  {int(seconds // 60)}:{int(seconds % 60):02d}, {found['loudness']:.1f} LUFS")
    print(f"  video     {shown(placed['video'])}")
    captions = shown(placed[f"captions {plan.lecture.language} vtt"])
    print(f"  captions  in the video ({', '.join(plan.languages)}), and {captions}")
    print(f"  page      {shown(placed['page'])}")
    players = ("mpv", "vlc", "open" if sys.platform == "darwin" else "xdg-open")
    player = next((each for each in players if shutil.which(each)), "open in any player:")
    print(f"  watch     {player} {shown(placed['video'])}")


def shown(path: Path) -> Path:
    """A path as short as can be from here."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
