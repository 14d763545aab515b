"""The course itself as a site: every page that the outline claims, in both languages, without a warning."""

from __future__ import annotations

import re
from pathlib import Path

from render.site.build import build_site
from scripts.course import load_course


def test_the_course_builds(tmp_path: Path):
    built = build_site(build=tmp_path)
    assert built.warnings == ()
    course = load_course()
    for language in ("zh", "en"):
        start = (built.folder / language / "index.html").read_text(encoding="utf-8")
        for lecture in course.lectures:
            page = built.folder / language / f"{lecture.id}.html"
            assert page.is_file() == (lecture.status != "planned"), lecture.id
            assert (f'href="{lecture.id}.html"' in start) == (lecture.status != "planned"), lecture.id
    for page in built.folder.rglob("*.html"):
        for address in re.findall(
            r'<(?:script|link|img|video|track)[^>]*(?:src|href)="([^"#]+)"', page.read_text("utf-8")
        ):
            if address.startswith("data:"):
                continue
            target = (page.parent / address.partition("?")[0]).resolve()
            assert target.is_relative_to(built.folder.resolve()) and target.is_file(), (page, address)
