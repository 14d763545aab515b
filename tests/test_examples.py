"""Every program on a page runs, offline, and prints what the page says it prints."""

import ast
from pathlib import Path

import pytest

from scripts.examples import HEAD, difference, find_examples, run_example
from scripts.model import ScriptError
from scripts.reader import lectures, read_lecture

PATHS = [path for lecture in lectures() for path in find_examples(lecture)]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parents[1].name}/{path.stem}")
def test_prints_what_the_page_says(path):
    pytest.importorskip("peft", reason="the examples need the capture packages")
    assert difference(path.with_suffix(".out").read_text(encoding="utf-8"), run_example(path)) == ""


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_can_be_copied_and_run(path):
    source = path.read_text(encoding="utf-8")
    assert "pip install" in (ast.get_docstring(ast.parse(source)) or "")
    assert len(source.splitlines()) <= 70 and max(map(len, source.splitlines())) <= 120
    head = path.with_suffix(".out").read_text(encoding="utf-8").splitlines()[0]
    assert head.startswith(HEAD) and "transformers 5.23.0" in head


def test_every_program_is_on_the_page_in_both_languages():
    for lecture in lectures():
        names = {path.name for path in find_examples(lecture)}
        for language in ("zh", "en"):
            assert {example.name for example in read_lecture(lecture, language).examples} == names


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("# real run: 2026\nloss 1.000", "loss 1.001", True),
        ("loss 1.000", "loss 1.100", False),
        ("error 1.5e-08", "error 2.1e-07", True),
        ("error 1.5e-08", "error 1.5e-01", False),
        ("  3  1.0", "3 1.0", True),
        ("2,048 of 9", "2,047 of 9", False),
        ("layers.0.q", "layers.1.q", False),
        ("float32 a", "float16 a", False),
        ("True", "False", False),
        ("a\nb", "a", False),
        ("-0.5", "0.5", False),
    ],
)
def test_words_exactly_and_floats_nearly(old, new, same):
    assert (difference(old, new) == "") is same


def test_a_failing_program_is_named_with_its_line(tmp_path):
    path = tmp_path / "bad.py"
    path.write_text("print(1)\nraise ValueError('so')\n")
    with pytest.raises(ScriptError, match=r"bad\.py:2: ended with 1: ValueError: so"):
        run_example(path)


def test_programs_see_no_network(tmp_path):
    path = tmp_path / "net.py"
    path.write_text("import os\nprint(os.environ['HF_HUB_OFFLINE'], os.environ['https_proxy'], os.getcwd())\n")
    offline, proxy, folder = run_example(path).split()
    assert (offline, proxy) == ("1", "http://127.0.0.1:9") and not Path(folder).exists()


def test_unknown_lecture():
    with pytest.raises(ScriptError, match="unknown lecture 'x'; there are: "):
        find_examples("x")
