"""What the site adds to Sphinx: directives for outline, player, programs and outputs, the switch of languages, search.

Text of the course is untrusted: it reaches the page through Sphinx's own nodes or through templates that escape.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from docutils import nodes
from markupsafe import Markup, escape
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from data_capture.catalogue import Entry, describe
from data_capture.document import TRACE_FILE
from data_capture.trace import trace_names
from render.errors import BuildError
from render.site.films import EXTRAS, Film, find_film, transcript
from render.site.gallery import gallery
from render.site.search import Chinese
from render.site.sources import Sources, sources
from render.site.words import words
from render.transcripts import minutes
from render.widgets import WIDGETS
from scripts.course import LEVELS, load_course
from scripts.model import Example, Lecture
from scripts.reader import read_text

LOG = logging.getLogger(__name__)
HERE = Path(__file__).parent
KATEX = ("katex/katex.min.js", "katex/katex.min.css")
GALLERY = "gallery.js"
READ = {"zh": 350, "en": 210}  # characters or words that are read in a minute
STAMP = re.compile(r"# ([^:\n]+): (.*)\n")  # the first line of an output: how it came about, and with what
FURO = ("Next", "Previous", "Home", "Back to top", "On this page")
OTHER = {"zh": "en", "en": "zh"}


@cache
def texts(language: str, root: Path) -> Sources:
    """The sources of this build, read once."""
    return sources(load_course(root), language, root)


@cache
def template(name: str) -> jinja2.Template:
    """A template that escapes what it is given."""
    loader = jinja2.FileSystemLoader(HERE / "templates")
    made = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    made.filters |= {"clock": minutes, "ticked": ticked, "size": size}
    return made.get_template(name)


def ticked(text: str) -> Markup:
    """Escaped text with what stands in backticks as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def size(count: int) -> str:
    """Bytes for people: `61 kB`, `2.1 MB`."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(1, round(count / 1e3))} kB"


def look() -> str:
    """Changes when a template or a script of the site does: every page is then written anew."""
    found = hashlib.sha256()
    for path in sorted(HERE.rglob("*")):
        if path.is_file() and path.suffix in (".py", ".html", ".yaml"):
            found.update(path.read_bytes())
    return found.hexdigest()


class Shown(SphinxDirective):
    """A directive that is a template, and knows where in the course it stands."""

    optional_arguments = 1
    final_argument_whitespace = True

    @property
    def sources(self) -> Sources:
        return texts(self.config.site_language, Path(self.config.site_scripts))

    @property
    def lecture(self) -> Lecture:
        return self.sources.lectures[self.env.docname]

    @property
    def film(self) -> Film | None:
        self.env.note_reread()  # what was built meanwhile is no source of Sphinx
        return find_film(self.env.docname, self.config.site_language, Path(self.config.site_build))

    @property
    def top(self) -> str:
        return "../" * (self.env.docname.count("/") + 1)

    def html(self, name: str, found: bool = True, **given: Any) -> list[nodes.Node]:
        """The template `name`; `found`: whether a search finds what it says."""
        language = self.config.site_language
        shown = template(name).render(
            words=words(language), language=language, other=OTHER[language], top=self.top, levels=LEVELS, **given
        )
        return [nodes.raw("", shown, format="html", classes=[] if found else ["no-search"])]


class Outline(Shown):
    def run(self) -> list[nodes.Node]:
        course = self.sources.course
        return self.html("outline.html", course=course, count=sum(len(each.points) for each in course.lectures))


class Chapter(Shown):
    def run(self) -> list[nodes.Node]:
        course = self.sources.course
        chapter = next(each for each in course.chapters if each.id == self.arguments[0])
        mechanisms = {each.id: each.title for each in course.mechanisms}
        return self.html("chapter.html", chapter=chapter, mechanisms=mechanisms, course=course)


class Topics(Shown):
    def run(self) -> list[nodes.Node]:
        return self.html("topics.html", course=self.sources.course)


class Clips(Shown):
    """Every clip that was made, to be looked at and taken."""

    def run(self) -> list[nodes.Node]:
        self.env.note_reread()  # what was built meanwhile is no source of Sphinx
        found = gallery(self.sources.course, self.config.site_language, Path(self.config.site_build))
        return self.html("clips.html", found=False, clips=found, lectures=self.sources.lectures)


class Traces(Shown):
    """Every trace with what it shows and how large it is."""

    def run(self) -> list[nodes.Node]:
        return self.html("traces.html", entries=[describe(name) for name in trace_names()])


class Trace(Shown):
    """A trace as a data set: how to read it, and every field."""

    def run(self) -> list[nodes.Node]:
        name, course = self.arguments[0], self.sources.course
        entry = describe(name)
        self.env.note_dependency(str(entry.trace.path / TRACE_FILE))
        used = [plan for plan in course.lectures if name in plan.traces]
        return [
            *self.html("trace-head.html", entry=entry, used=used),
            *self.program(entry),
            *self.html("trace.html", found=False, entry=entry, provenance=provenance(entry)),
        ]

    def program(self, entry: Entry) -> Iterator[nodes.Node]:
        """The program that reads the trace, and what it prints."""
        for name, text, kind in (("read.py", entry.program, "python"), ("", entry.printed, "text")):
            text = text.strip()
            head = self.html("code-head.html", found=False, file=name)
            yield nodes.container("", *head, nodes.literal_block(text, text, language=kind), classes=["listing"])


def provenance(entry: Entry) -> dict[str, str]:
    """Where a trace comes from, as words; lists and mappings as `key value` pairs."""
    told = asdict(entry.trace.provenance) | {"digest": entry.trace.digest}

    def spell(item: Any) -> str:
        if isinstance(item, dict):
            return ", ".join(f"{key} {spell(each)}" for key, each in item.items())
        return ", ".join(map(spell, item)) if isinstance(item, list) else str(item)

    return {key: spell(item) for key, item in told.items() if item not in ({}, "")}


class Heading(Shown):
    """Level, prerequisites, reading time."""

    def run(self) -> list[nodes.Node]:
        plan, film = self.sources.course.lecture(self.env.docname), self.film
        time, course = reading_time(self.lecture), self.sources.course
        return self.html("heading.html", found=False, plan=plan, film=film, minutes=time, course=course)


class Animation(Shown):
    """The player stands where the first scene does, and below it what there is to play with."""

    def run(self) -> list[nodes.Node]:
        if self.arguments[0] != self.lecture.scenes[0].name:
            return []
        film, plan = self.film, self.sources.course.lecture(self.env.docname)
        try:
            parts = transcript(self.lecture, film)
        except BuildError as error:  # a video of other words is worse than none
            LOG.warning(str(error), location=self.env.docname)
            film, parts = None, transcript(self.lecture, None)
        player = self.html(
            "player.html",
            plan=plan,
            lecture=self.lecture,
            parts=parts,
            film=film,
            megabytes=megabytes(film),
            extras=EXTRAS,
        )
        return player + [node for trace in plan.traces if trace in WIDGETS for node in self.widget(trace)]

    def widget(self, trace: str) -> list[nodes.Node]:
        module, source = widget_files(trace)
        return self.html("widget.html", found=False, trace=trace, module=module, source=source)


class Sample(Shown):
    def run(self) -> list[nodes.Node]:
        example = self.example(self.arguments[0])
        stem = f"{self.top}{self.config.site_language}/programs/{self.env.docname}/{example.path.stem}"
        head = self.html("sample.html", found=False, example=example, stem=stem)
        return self.listing(head, read_text(example.path), "python")

    def example(self, name: str) -> Example:
        example = next(each for each in self.lecture.examples if each.name == name)
        for path in (example.path, example.output):
            self.env.note_dependency(str(path))
        return example

    def listing(self, head: list[nodes.Node], text: str, language: str) -> list[nodes.Node]:
        text = text.strip("\n")
        return [nodes.container("", *head, nodes.literal_block(text, text, language=language), classes=["listing"])]


class Printed(Sample):
    """What a program printed, under its stamp: how it came about and with which versions."""

    def run(self) -> list[nodes.Node]:
        example = self.example(self.arguments[0])
        text, kind, told = read_text(example.output), "", ""
        if match := STAMP.match(text):
            (kind, told), text = match.groups(), text[match.end() :]
        head = self.html("printed.html", found=False, example=example, kind=kind, told=told)
        return self.listing(head, text, "text")


def widget_files(trace: str) -> tuple[str, str]:
    """Names of a widget's module and data below widgets/."""
    return WIDGETS[trace].module, f"{trace.replace('/', '-')}.json"


def reading_time(lecture: Lecture) -> int:
    """Minutes to read a page, programs included."""
    text = lecture.page + "".join(read_text(example.path) for example in lecture.examples)
    signs = len(re.findall(r"[\u3400-\u9fff]", text)) / READ["zh"]
    return max(1, round(signs + len(re.findall(r"[A-Za-z]+", text)) / READ["en"]))


def megabytes(film: Film | None) -> str:
    """Size of the video."""
    return f"{film.files['.mp4'].stat().st_size / 1e6:.1f}" if film else ""


def math(self: Any, node: nodes.Element) -> None:
    """A formula for KaTeX; without scripts its source is read."""
    block = isinstance(node, nodes.math_block)
    tag, kind = ("div", "math block") if block else ("span", "math")
    self.body.append(self.starttag(node, tag, "", CLASS=kind) + self.encode(node.astext()) + f"</{tag}>")
    raise nodes.SkipNode


def on_page(app: Sphinx, pagename: str, _: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """What templates of the theme need: the same page in the other language, and KaTeX where there are formulas."""
    language = app.config.site_language
    top = "../" * (pagename.count("/") + 1)
    context |= {
        "words": words(language),
        "other_language": OTHER[language],
        "other_page": f"{top}{OTHER[language]}/{pagename}.html",
        "lecture_id": pagename if pagename in texts(language, Path(app.config.site_scripts)).lectures else "",
    }
    if pagename == "clips":
        app.add_js_file(GALLERY, defer="defer")
    if doctree is not None and next(
        doctree.findall(lambda node: isinstance(node, nodes.math | nodes.math_block)), None
    ):
        app.add_js_file(KATEX[0], defer="defer")
        app.add_css_file(KATEX[1])


def furo_speaks(app: Sphinx) -> None:
    """What Furo says and Sphinx's own catalogs do not translate, from `words.yaml`."""
    if not app.config.language.startswith("zh"):
        return
    catalog = Catalog(locale=app.config.language)
    for said in FURO:
        catalog.add(said, words("zh")[f"furo {said}"])
    folder = Path(app.doctreedir) / "locale"
    file = folder / app.config.language / "LC_MESSAGES" / "sphinx.mo"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as out:
        write_mo(out, catalog)
    app.add_message_catalog("sphinx", str(folder))


def setup(app: Sphinx) -> Mapping[str, bool]:
    """Called by Sphinx."""
    for name, default in (("site_language", "zh"), ("site_scripts", ""), ("site_build", ""), ("site_look", "")):
        app.add_config_value(name, default, "env", str)
    kinds = (Outline, Chapter, Topics, Clips, Traces, Trace, Heading, Animation, Sample, Printed)
    for kind in kinds:
        app.add_directive(kind.__name__.lower(), kind)
    furo_speaks(app)
    app.add_html_math_renderer("katex", (math, None), (math, None))
    app.add_search_language(Chinese)
    app.connect("html-page-context", on_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
