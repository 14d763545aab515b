"""Builds the site: Sphinx once per language, then videos, programs and widgets beside the pages, then one rename.

build/site/              index.html chooses a language
build/site/zh/, en/      the pages; programs/ holds .py and .ipynb of every sample
build/site/media/        videos, posters and captions, shared by both languages
build/site/widgets/      one ESM module and its data for each
build/site/clips/        what `lecture clips` made, where it did
build/site/traces/       the traces themselves, to be downloaded
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from data_capture.trace import load_trace, trace_names
from render.errors import BuildError
from render.publish import BUILD
from render.site.extension import look, template, texts, widget_files
from render.site.films import find_film
from render.site.gallery import copy_clips
from render.site.notebook import notebook
from render.site.sources import Sources
from render.site.words import words
from render.transcripts import write
from render.widgets import HERE as MODULES
from render.widgets import WIDGETS
from scripts.course import ROOT
from scripts.model import LANGUAGES
from store.entries import REPOSITORY

HERE = Path(__file__).parent
CODES = {"zh": "zh_CN", "en": "en"}


@dataclass(frozen=True)
class Site:
    """What was built: its folder, and Sphinx's warnings one a line."""

    folder: Path
    pages: int
    warnings: tuple[str, ...]

    @property
    def bytes(self) -> int:
        """Size on disk."""
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())


def build_site(scripts: Path = ROOT, build: Path = BUILD) -> Site:
    """Build the site below `build`; the old one stays until the new one is whole. Raises CourseError."""
    texts.cache_clear()
    work, new = build / "site-work", build / "site.new"
    shutil.rmtree(new, ignore_errors=True)
    read = [texts(language, scripts) for language in LANGUAGES]
    for found in read:
        for id in found.lectures:
            find_film(id, found.language, build)  # what is broken is told before anything is made
        found.write(work / found.language / "source")
    running = [sphinx(found, scripts, build, work / found.language) for found in read]
    warnings = [line for each, found in zip(running, read, strict=True) for line in finished(each, found.language)]
    for found in read:
        language = found.language
        shutil.copytree(
            work / language / "html", new / language, ignore=shutil.ignore_patterns(".buildinfo", "objects.inv")
        )
        programs(found, new / language / "programs")
        media(found, build, new / "media")
    widgets(found, new / "widgets")
    copy_clips(build, new / "clips")
    for name in trace_names():
        shutil.copytree(load_trace(name).path, new / "traces" / name)
    write(new / "index.html", template("choose.html").render(words={each: words(each) for each in LANGUAGES}))
    old = build / "site.old"
    shutil.rmtree(old, ignore_errors=True)
    if (build / "site").exists():
        (build / "site").rename(old)
    new.rename(build / "site")
    shutil.rmtree(old, ignore_errors=True)
    return Site(build / "site", sum(len(found.texts) for found in read), tuple(warnings))


def sphinx(found: Sources, scripts: Path, build: Path, work: Path) -> subprocess.Popen[str]:
    """Start Sphinx for one language, in a process of its own: it keeps the words of a language for good."""
    language = found.language
    settings = {
        "language": CODES[language],
        "project": found.course.title[language],
        "html_title": found.course.title[language],
        "site_language": language,
        "site_scripts": scripts.resolve(),
        "site_build": build.resolve(),
        "site_look": look(),
    }
    chosen = [part for name, value in settings.items() for part in ("-D", f"{name}={value}")]
    folders = [str(path) for path in ("-d", work / "trees", "-c", HERE, work / "source", work / "html")]
    command = [sys.executable, "-m", "sphinx", "-q", "--no-color", *chosen, *folders]
    return subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def finished(process: subprocess.Popen[str], language: str) -> list[str]:
    """Wait for Sphinx; returns its warnings."""
    lines = [line.strip() for line in process.communicate()[0].splitlines() if line.strip()]
    if process.returncode:
        named = [line for line in lines if "Error: " in line]  # before what Sphinx says about reports
        told = named or [line for line in lines if "rror" in line] or lines or ["no message"]
        raise BuildError(f"the site in {language}: {told[-1]}")
    return lines


def programs(found: Sources, folder: Path) -> None:
    """Every sample as .py and .ipynb."""
    for id, lecture in found.lectures.items():
        for example in lecture.examples:
            target = folder / id / example.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(example.path, target)
            write(target.with_suffix(".ipynb"), notebook(example.path, example.output))


def widgets(found: Sources, folder: Path) -> None:
    """The modules that lectures with a page need, and their data."""
    folder.mkdir(parents=True)
    shutil.copyfile(MODULES / "widgets.css", folder / "widgets.css")
    for trace in {trace for id in found.lectures for trace in found.course.traces(id) if trace in WIDGETS}:
        module, source = widget_files(trace)
        shutil.copyfile(MODULES / module, folder / module)
        write(folder / source, json.dumps(WIDGETS[trace].read(load_trace(trace)), separators=(",", ":")))


def media(found: Sources, build: Path, folder: Path) -> None:
    """Link what a build made: a video is large, and never changed in place."""
    for id in found.lectures:
        film = find_film(id, found.language, build)
        for ending, path in film.files.items() if film else ():
            target = folder / f"{id}.{film.language}{ending}" if film else path
            if target.exists() or ending == ".json":
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(path, target)
            except OSError:
                shutil.copyfile(path, target)
