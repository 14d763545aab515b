"""A third language is a script, labels and a face: what is described, what is missing, and a movie in it."""

from __future__ import annotations

import json

import av
import pytest

from scripts.languages import LANGUAGES, LanguageError, language, table, written
from tests.conftest import LECTURE, Course, lay_out

SPANISH = """\
---
title: "Primera lección: cuadrados"
---

Aquí hay un cuadrado.

::::{scene} First
:title: Dibujar un cuadrado
:alt: Se dibuja el contorno de un cuadrado azul.

:::{beat} one
Primero dibujamos un {cue}`cuadrado <square>`, uno de {value}`squares <d>`. ¿Por qué? ¡Ya veremos!
:::

:::{beat} two
Después lo movemos un poco hacia la derecha.
:::
::::

::::{scene} Second
:title: Dibujar otro
:alt: Se dibuja el contorno de un cuadrado naranja.

:::{beat} last
Por último dibujamos otro cuadrado, y la lección termina.
:::
::::
"""
JAPANESE = """\
---
title: さいしょのレッスン
---

::::{scene} First
:title: しかくをかく
:alt: あおいしかくのりんかくがかかれます。

:::{beat} one
まず{cue}`しかく <square>`をかきます。ぜんぶで {value}`squares <d>` つです。
:::

:::{beat} two
つぎに、すこしみぎへうごかします。
:::
::::

::::{scene} Second
:title: もうひとつ
:alt: オレンジいろのしかくのりんかくがかかれます。

:::{beat} last
さいごにもうひとつかいて、レッスンはおわりです。
:::
::::
"""


def test_languages_that_are_described():
    assert LANGUAGES == ("zh", "en") == tuple(table())[:2]
    assert {code: language(code).iso for code in ("zh", "en", "es", "ja")} == {
        "zh": "zho", "en": "eng", "es": "spa", "ja": "jpn",
    }  # fmt: skip
    with pytest.raises(LanguageError, match=r"unknown language 'xx'; there is zh, en, .*languages\.yaml"):
        language("xx")


def test_a_lecture_is_in_the_languages_its_folder_has(tmp_path):
    folder = tmp_path / "01-toy/first"
    folder.mkdir(parents=True)
    for name in ("ja.md", "en.md", "notes.md"):
        (folder / name).write_text("", encoding="utf-8")
    assert written("01-toy/first", tmp_path) == ("en", "ja")


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The toy course with Spanish and Japanese beside its own languages, built in both."""
    course = lay_out(tmp_path_factory.mktemp("languages") / "clone")
    folder = course.root / "scripts" / LECTURE
    (folder / "es.md").write_text(SPANISH, encoding="utf-8")
    (folder / "ja.md").write_text(JAPANESE, encoding="utf-8")
    course.edit("scripts/course.yaml", "en: A toy course", "en: A toy course, es: Un curso pequeño")
    done = course.run("build", LECTURE, "--lang", "es", "--lang", "ja", "--quality", "l")
    assert done.returncode == 0, done.stderr
    return course


@pytest.mark.parametrize(
    ("code", "title", "album", "said"),
    [
        ("es", "Primera lección: cuadrados", "Un curso pequeño", "¿Por qué?"),
        ("ja", "さいしょのレッスン", "A toy course", "しかくをかきます"),
    ],
)
def test_a_movie_in_a_third_language(course: Course, code, title, album, said):
    stem = course.root / f"build/lectures/{LECTURE}.{code}"
    with av.open(f"{stem}.mp4") as movie:
        assert (movie.metadata["title"], movie.metadata["album"]) == (title, album)
        assert movie.streams.audio[0].metadata["language"] == language(code).iso
        tracks = {track.metadata["language"]: bool(track.disposition & 1) for track in movie.streams.subtitles}
        assert tracks == {iso: iso == language(code).iso for iso in ("zho", "eng", "spa", "jpn")}
        assert len(movie.chapters()) == 2
    captions = stem.with_name(f"{stem.name}.srt").read_text(encoding="utf-8")
    assert said in captions and "3" in captions
    assert "square" in stem.with_name(f"{stem.name}.en.srt").read_text(encoding="utf-8")
    facts = json.loads(stem.with_name(f"{stem.name}.json").read_text(encoding="utf-8"))
    assert facts["voice"] > 5


def test_scripts_in_a_third_language_agree_or_say_why(course: Course):
    assert course.run("check-scripts").stdout == "scripts agree\n"
    course.edit(f"scripts/{LECTURE}/es.md", "{beat} two", "{beat} dos")
    told = course.run("check-scripts")
    course.edit(f"scripts/{LECTURE}/es.md", "{beat} dos", "{beat} two")
    assert told.returncode == 1 and "es.md:" in told.stdout and "'dos'" in told.stdout


def test_a_language_the_lecture_lacks_is_one_line(course: Course):
    done = course.run("build", LECTURE, "--lang", "fr")
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "fr.md: no such script" in done.stderr and "the lecture has zh, en, es, ja" in done.stderr
