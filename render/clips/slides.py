"""A scene as slides that stop at each beat, through manim-slides: one HTML file, or PowerPoint with the clips in it.

Only its converters are used; its player, which wants Qt, is not. The HTML plays with reveal.js, taken from the wheel of
sphinx-revealjs and laid into the file: nothing is loaded from anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from render.apart import Say
from render.clips.film import timeline
from render.errors import BuildError
from render.quality import quality

if TYPE_CHECKING:
    from manim_slides.config import PresentationConfig

TEMPLATE = Path(__file__).parent / "slides.html"
INLINE = re.compile(r"@@(\w+/[\w./]+)@@")


def make(
    folder: Path,
    deps: dict[str, Path],
    say: Say,
    *,
    format_name: str,
    quality_name: str,
    ground: str,
    language: str,
    title: str,
    credit: str,
    notes: Sequence[str],
) -> None:
    """`scene.<ending>` from the beats in `deps["clips"]`; `notes` are what a speaker reads, one for each beat."""
    try:
        import manim_slides.convert  # noqa: F401
        import sphinx_revealjs  # noqa: F401
    except ImportError as error:
        raise BuildError(f"slides need {error.name}; run: pip install -c constraints.txt -e '.[slides]'") from error
    chosen = quality(quality_name)
    beats = [deps["clips"] / f"beat-{beat['name']}.mp4" for beat in timeline(deps["scene"])["beats"]]
    presentation = configured(beats, notes, (chosen.width, chosen.height), ground)
    if format_name == "html":
        html(presentation, folder, language, title, credit)
    else:
        pptx(presentation, folder / "scene.pptx", (chosen.width, chosen.height), language, title, credit)


def configured(beats: Sequence[Path], notes: Sequence[str], size: tuple[int, int], ground: str) -> PresentationConfig:
    """The beats as manim-slides takes them: each is a slide, none loops, none goes on by itself."""
    from manim_slides.config import PresentationConfig, SlideConfig

    slides = [SlideConfig(file=beat, rev_file=beat, notes=note) for beat, note in zip(beats, notes, strict=True)]
    return PresentationConfig.model_validate({"slides": slides, "resolution": size, "background_color": ground})


def pptx(
    presentation: PresentationConfig, out: Path, size: tuple[int, int], language: str, title: str, credit: str
) -> None:
    """Slides for PowerPoint; what manim-slides leaves out is added: alt texts, title, whose it is."""
    from manim_slides.convert import PowerPoint
    from pptx import Presentation

    told = {"presentation_configs": [presentation], "width": size[0], "height": size[1]}
    PowerPoint.model_validate(told).convert_to(out)
    deck = Presentation(str(out))
    for slide, configured in zip(deck.slides, presentation.slides, strict=True):
        for shape in slide.shapes:
            shape._element.nvPicPr.cNvPr.set("descr", configured.notes)
        slide.notes_slide.notes_text_frame.text = f"{configured.notes}\n\n{credit}"
    about = deck.core_properties
    about.title, about.comments, about.language, about.author = title, credit, language, "Transformers in Motion"
    deck.save(str(out))


def html(presentation: PresentationConfig, folder: Path, language: str, title: str, credit: str) -> None:
    """One file that holds everything."""
    from manim_slides.convert import RevealJS

    filled = folder / "template.html"
    filled.write_text(template(language, credit), encoding="utf-8")
    told = {"presentation_configs": [presentation], "template": filled, "one_file": True, "title": title}
    RevealJS.model_validate(told).convert_to(folder / "scene.html")
    filled.unlink()


def template(language: str, credit: str) -> str:
    """Our template with reveal.js in it. Jinja must not read a program, nor HTML end at a word in one."""
    import sphinx_revealjs

    assets = Path(sphinx_revealjs.__file__).parent / "_static" / "revealjs"

    def laid(match: re.Match[str]) -> str:
        text = (assets / match[1]).read_text(encoding="utf-8").replace("</script", r"<\/script")
        return "{% raw %}" + text + "{% endraw %}"

    text = TEMPLATE.read_text(encoding="utf-8")
    told: Mapping[str, Any] = {"@language@": language, "@credit@": credit}
    for mark, words in told.items():
        text = text.replace(mark, "{{ " + repr(words) + " | e }}")
    return INLINE.sub(laid, text)
