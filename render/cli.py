"""The `lecture` command. Nothing heavy is imported before it is needed: `lecture --help` answers at once."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from store import CourseError

if TYPE_CHECKING:
    from render.graph import Where
    from scenes.look import Look

INTERRUPTED = 130  # what typer makes of Ctrl-C

app = typer.Typer(
    name="lecture",
    help="Capture, speak, render and stitch the lectures of Transformers in Motion.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Lang = Annotated[
    list[str] | None,
    typer.Option("--lang", help="zh, en, or another the lecture is in; may be repeated. Default: zh and en."),
]
QualityOption = Annotated[str, typer.Option("--quality", "-q", help="l 854x480 15 fps, m 1280x720 30, h 1920x1080 30.")]
VoiceOption = Annotated[str | None, typer.Option("--voice", help="Default: $LECTURE_VOICE, else espeak.")]
Traces = Annotated[
    Path | None, typer.Option("--traces", help="Folder of traces to draw instead of the committed ones.")
]
Model = Annotated[
    str | None, typer.Option("--model", help="Checkpoint folder or hub id; default: trained on the spot.")
]
Device = Annotated[str, typer.Option("--device", help="cpu, cuda, ...")]
Theme = Annotated[
    str | None,
    typer.Option("--theme", help="dark, light, or a theme file (docs/look.md). Default: $LECTURE_THEME, else dark."),
]
NoText = Annotated[bool, typer.Option("--no-text", help="Leave out the words of a language, for teachers of another.")]
Jobs = Annotated[int | None, typer.Option("--jobs", min=1, help="Local workers; default: one per core.")]
Scheduler = Annotated[
    str | None, typer.Option("--scheduler", help="Run on the Dask cluster at this address, such as tcp://host:8786.")
]


@app.command()
def new(
    lecture: Annotated[str, typer.Argument(help="<chapter>/<lecture>, such as 05-generation/temperature.")],
    zh: Annotated[str | None, typer.Option("--zh", help="Title in Chinese.")] = None,
    en: Annotated[str | None, typer.Option("--en", help="Title in English.")] = None,
    level: Annotated[str | None, typer.Option("--level", help="Default: the chapter's.")] = None,
) -> None:
    """Begin a lecture: words, capture, scene and test that work at once, and its entry in the outline."""
    from render.skeleton import Names, start
    from store.entries import REPOSITORY

    for path in start(lecture, zh, en, level):
        print(f"written  {path.relative_to(REPOSITORY)}")
    print(f"now: lecture capture {Names(lecture).trace} && lecture build {lecture}; then CONTRIBUTING.md, step 3")


@app.command()
def build(
    lectures: Annotated[list[str] | None, typer.Argument(metavar="[LECTURE]...", help="Such as 09-lora/merge.")] = None,
    all_lectures: Annotated[bool, typer.Option("--all", help="Every lecture that has scenes.")] = False,
    lang: Lang = None,
    quality: QualityOption = "m",
    voice: VoiceOption = None,
    capture: Annotated[bool, typer.Option("--capture", help="Capture the traces anew, as the first step.")] = False,
    traces: Traces = None,
    theme: Theme = None,
    no_text: NoText = False,
    model: Model = None,
    device: Device = "cpu",
    cfr: Annotated[
        bool, typer.Option("--cfr", help="Constant frame rate, for editors; by default still pictures are held.")
    ] = False,
    jobs: Jobs = None,
    scheduler: Scheduler = None,
    split: Annotated[
        int | None,
        typer.Option("--split", min=1, help="Draw each scene in so many parts; by default as workers would be idle."),
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Say of each step if it is fresh or why it runs.")] = False,
    dry: Annotated[bool, typer.Option("--dry-run", help="Say which steps would run; run none.")] = False,
) -> None:
    """Make the lectures' videos, captions and pages below build/lectures."""
    from render.building import build_lectures

    use(traces)
    build_lectures(
        chosen(lectures, all_lectures),
        languages(lang),
        quality,
        spoken(voice),
        capture,
        model,
        device,
        held=not cfr,
        split=split,
        where=where(jobs, scheduler),
        explain=explain,
        dry=dry,
        look=look(theme, no_text),
    )


@app.command()
def preview(
    lecture: Annotated[str, typer.Argument(help="Such as 09-lora/merge.")],
    lang: Lang = None,
    voice: VoiceOption = None,
    traces: Traces = None,
    theme: Theme = None,
    no_text: NoText = False,
    jobs: Jobs = None,
    scheduler: Scheduler = None,
) -> None:
    """Watch script, scenes and traces, and keep a draft below build/drafts up to date."""
    from render.preview import preview as watch

    use(traces)
    watch(lecture, languages(lang), spoken(voice), where(jobs, scheduler), look(theme, no_text))


@app.command()
def clips(
    lectures: Annotated[list[str] | None, typer.Argument(metavar="[LECTURE]...", help="Such as 09-lora/merge.")] = None,
    all_lectures: Annotated[bool, typer.Option("--all", help="Every lecture that has scenes.")] = False,
    lang: Lang = None,
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", help="mp4, webm, prores, gif, webp, png-sequence, svg, pptx, html; default: mp4."),
    ] = None,
    scene: Annotated[str | None, typer.Option("--scene", help="This scene and its beats, such as LoraMerge.")] = None,
    beat: Annotated[str | None, typer.Option("--beat", help="This beat alone.")] = None,
    ids: Annotated[
        list[str] | None, typer.Option("--id", help="This clip alone, such as 09-lora/merge/LoraMerge/add.")
    ] = None,
    manifest: Annotated[
        Path | None, typer.Option("--from", help="Make clips of this clips.json again, as it says.")
    ] = None,
    theme: Theme = None,
    no_text: NoText = False,
    transparent: Annotated[bool, typer.Option("--transparent", help="Nothing behind what is drawn.")] = False,
    voiced: Annotated[
        bool | None, typer.Option("--voiced/--silent", help="Default: with the voice where there can be sound.")
    ] = None,
    voice: VoiceOption = None,
    quality: QualityOption = "m",
    out: Annotated[Path | None, typer.Option("--out", help="Default: build/clips of the repository.")] = None,
    traces: Traces = None,
    jobs: Jobs = None,
    scheduler: Scheduler = None,
) -> None:
    """Make scenes and beats as files to teach with, and clips.json, which tells of them."""
    from render.clips.make import again, make_clips, ordered
    from render.publish import BUILD

    use(traces)
    if manifest:
        wanted, changed = again(manifest, ids or (), formats or (), lang or ())
        for line in changed:
            print(f"warning: {line}", file=sys.stderr)
    else:
        named = [] if ids and not lectures else chosen(lectures, all_lectures)
        looks = (theme, False if no_text else None, not transparent)
        asked = ((formats or ["mp4"]), languages(lang), quality, spoken(voice), voiced)
        wanted = ordered(named, ids or (), scene, beat, looks, *asked)
    make_clips(wanted, (out or BUILD / "clips").absolute(), where(jobs, scheduler))


@app.command()
def sheet(
    lecture: Annotated[str, typer.Argument(help="Such as 09-lora/merge.")],
    lang: Lang = None,
    quality: QualityOption = "m",
    voice: VoiceOption = None,
    traces: Traces = None,
    theme: Theme = None,
    no_text: NoText = False,
) -> None:
    """Make a contact sheet per scene below build/sheets: what each beat looks like, at a glance."""
    from render.building import build_sheets

    use(traces)
    build_sheets(lecture, languages(lang), quality, spoken(voice), look(theme, no_text))


@app.command()
def capture(
    name: Annotated[str | None, typer.Argument(help="Such as lora/merge; default: all.")] = None,
    model: Model = None,
    device: Device = "cpu",
    ranks: Annotated[
        int | None, typer.Option("--ranks", min=2, max=8, help="Processes of a ring or of FSDP; default: 4.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Capture again, compare, say what drifted; writes nothing.")
    ] = False,
    listing: Annotated[bool, typer.Option("--list", help="Say which captures there are.")] = False,
    root: Annotated[Path | None, typer.Option("--root", help="Where traces go; default: data_capture/traces.")] = None,
) -> None:
    """Run real library code and keep what it did as a trace."""
    from data_capture import registry
    from data_capture.trace import TRACES

    if listing:
        for each in registry.names():
            alone = f" ({registry.needs(each)} only)" if registry.needs(each) else ""
            print(f"{each}  {registry.describe(each)}{alone}")
        return
    if name:
        registry.describe(name)  # an unknown name is told before anything runs
    here = registry.names(device)
    for each in registry.names() if not name else ():
        if each not in here:
            print(f"{each}: left out, it runs on {registry.needs(each)} alone", file=sys.stderr)
    drifted = False
    for each in [name] if name else here:
        note = lambda line, each=each: print(f"{each}: {line}", file=sys.stderr, flush=True)  # noqa: E731
        asked: dict[str, Any] = {"model": model, "device": device, "ranks": ranks, "root": root or TRACES}
        if check:
            report = registry.check_capture(each, **asked, progress=note)
            print(report)
            drifted |= not report.ok
        else:
            print(registry.run_capture(each, **asked, progress=note))
    if drifted:
        raise typer.Exit(1)


@app.command()
def transcripts(
    lecture: Annotated[str | None, typer.Argument(help="Default: every lecture that has scenes.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Only say whether the committed ones are up to date.")] = False,
    voice: Annotated[str, typer.Option("--voice", help="Whose timing to use.")] = "espeak",
) -> None:
    """Write what each lecture says to transcripts/ (.md, .srt, .vtt); needs no rendering."""
    from render.building import write_transcripts

    stale = write_transcripts(chosen([lecture] if lecture else None, lecture is None), voice, check)
    for path in stale:
        print(f"{'out of date' if check else 'written'}  {path}")
    if check and stale:
        raise typer.Exit(1)


@app.command("check-scripts")
def check_scripts() -> None:
    """Whether both languages and the scenes agree: scenes, beats, cues, examples, headings."""
    from scripts.agreement import check_lecture
    from scripts.reader import lectures

    findings = [finding for lecture in lectures() for finding in check_lecture(lecture)]
    for finding in findings:
        print(finding)
    if findings:
        raise typer.Exit(1)
    print("scripts agree")


@app.command("outline")
def print_outline(
    lang: Annotated[str, typer.Option("--lang", help="zh or en.")] = "zh",
    level: Annotated[str, typer.Option("--level", help="beginner, intermediate or advanced.")] = "",
    status: Annotated[str, typer.Option("--status", help="planned, page or video.")] = "",
    topic: Annotated[str, typer.Option("--topic", help="Such as fsdp; --topics lists them.")] = "",
    points: Annotated[bool, typer.Option(help="The points of every lecture.")] = True,
    listing: Annotated[bool, typer.Option("--topics", help="Where each topic is taught, level by level.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Whether every page and video it claims is there.")] = False,
) -> None:
    """Print the outline of the course."""
    from scripts.claims import unfounded
    from scripts.course import load_course
    from scripts.outline import outline, topics
    from scripts.reader import ROOT

    language = languages([lang])[0]
    course = load_course()
    findings = list(unfounded(course, ROOT)) if check else []
    told = topics(course, language) if listing else outline(course, language, level, status, topic, points)
    print(
        "\n".join((map(str, findings) if findings else ["the outline claims no more than there is"]) if check else told)
    )
    if findings:
        raise typer.Exit(1)


@app.command()
def check(
    lectures: Annotated[list[str] | None, typer.Argument(metavar="[LECTURE]...", help="Such as 09-lora/merge.")] = None,
    all_lectures: Annotated[bool, typer.Option("--all", help="Every lecture that has scenes.")] = False,
    lang: Lang = None,
    scene: Annotated[str | None, typer.Option("--scene", help="This scene alone, such as LoraMerge.")] = None,
    traces: Traces = None,
    theme: Theme = None,
    no_text: NoText = False,
) -> None:
    """What is wrong with the pictures: overlap, margins, type, contrast, leftovers, stillness, numbers."""
    from render.check import check_lectures

    use(traces)
    wanted = chosen(lectures, all_lectures or not lectures)
    if check_lectures(wanted, languages(lang), scene, look(theme, no_text)):
        raise typer.Exit(1)


@app.command()
def apis(
    lectures: Annotated[
        list[str] | None, typer.Argument(metavar="[LECTURE]...", help="Default: all with a page.")
    ] = None,
) -> None:
    """Whether every library name, argument and link in programs, pages and outline exists."""
    from render.apis import examine
    from scripts.reader import lectures as written

    examined = examine(lectures or written())
    for finding in examined.findings:
        print(finding)
    print(examined.summary())
    if examined.findings:
        raise typer.Exit(1)


@app.command()
def examples(
    lectures: Annotated[
        list[str] | None, typer.Argument(metavar="[LECTURE]...", help="Default: all with a page.")
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Keep what they print as their outputs.")] = False,
    real: Annotated[
        bool, typer.Option("--real", help="With the real Hub, this machine's network and devices.")
    ] = False,
    env: Annotated[str, typer.Option("--env", help="Only those of this environment, installed if need be.")] = "",
    versions: Annotated[bool, typer.Option("--versions", help="Only say what each page was verified with.")] = False,
) -> None:
    """Run the programs of the pages and compare what they print with the committed outputs."""
    from collections import Counter

    from scripts.examples import run_examples, verified
    from scripts.reader import lectures as written

    if versions:
        for lecture in lectures or written():
            date, found = verified(lecture)
            print(f"{lecture:34} {date}  {', '.join(' '.join(pair) for pair in found.items())}")
        return
    results = []
    for result in run_examples(lectures or written(), write, real, env):
        print(result, flush=True)
        results.append(result)
    counts = Counter(result.stamp for result in results)
    differing = sum(bool(result.difference) for result in results)
    told = ", ".join(f"{number} {stamp}" for stamp, number in counts.items())
    print(f"{len(results)} programs ({told or 'none'}), {differing} differ")
    if differing:
        raise typer.Exit(1)


@app.command()
def site() -> None:
    """Build the site to learn from, below build/site."""
    from render.site.build import build_site

    built = build_site()
    for warning in built.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    print(f"{built.folder}: {built.pages} pages, {built.bytes / 1e6:.1f} MB; `lecture watch` serves it")


@app.command()
def vocabulary() -> None:
    """Draw every piece of the stage and the samples anew, for docs/compose.md."""
    from render.vocabulary import write_vocabulary
    from store.entries import REPOSITORY

    for path in write_vocabulary():
        print(path.relative_to(REPOSITORY))


@app.command()
def watch(port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes a free one.")] = 8000) -> None:
    """Serve the site on this machine alone."""
    from render.publish import BUILD
    from render.site.serve import serve

    serve(BUILD / "site", port)


@app.command()
def doctor() -> None:
    """Say what is missing here and how to get it."""
    from render.doctor import examine

    if not examine():
        raise typer.Exit(1)


@app.command()
def version() -> None:
    """Print the version."""
    from importlib.metadata import version

    print(version("transformers-in-motion"))


def chosen(lectures: list[str] | None, everything: bool) -> list[str]:
    """Lecture ids, each known; every one that has scenes for `--all`."""
    from scripts.course import load_course

    course = load_course()
    filmed = [lecture.id for lecture in course.lectures if lecture.status == "video"]
    if everything and not lectures:
        return filmed
    if not lectures:
        raise CourseError(f"name a lecture or --all; there is: {', '.join(filmed)}")
    for lecture in lectures:
        course.lecture(lecture)
    return list(dict.fromkeys(lectures))


def languages(lang: list[str] | None) -> list[str]:
    """Languages, each known."""
    from scripts.languages import LANGUAGES, language

    return [language(each).code for each in dict.fromkeys(lang or LANGUAGES)]


def look(theme: str | None, no_text: bool) -> Look:
    """How it is drawn."""
    from scenes.look import chosen as chosen_look

    return chosen_look(theme, False if no_text else None)


def spoken(voice: str | None) -> str:
    """The voice's spec."""
    return voice or os.environ.get("LECTURE_VOICE") or "espeak"


def where(jobs: int | None, scheduler: str | None) -> Where:
    """Who runs the steps."""
    from render.graph import Where

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Where(jobs or cores, scheduler)


def use(traces: Path | None) -> None:
    """Read traces from this folder first, in all processes of the build."""
    if traces is not None:
        os.environ["LECTURE_TRACES"] = str(traces.absolute())
    elif own := os.environ.get("LECTURE_TRACES"):
        os.environ["LECTURE_TRACES"] = str(Path(own).absolute())


def main() -> None:
    """Entry point: every `CourseError` is one line on stderr and status 2."""
    try:
        app()
    except CourseError as error:
        for line in str(error).splitlines():
            print(f"error: {line}", file=sys.stderr)
        sys.exit(2)
    except SystemExit as end:
        if end.code == INTERRUPTED:
            print("interrupted; what was finished is kept", file=sys.stderr)
        raise
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(1)


if __name__ == "__main__":
    main()
