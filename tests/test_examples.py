"""Every program on a page runs, offline, and prints what the page says it prints."""

import ast
import json
import re
import tomllib
from pathlib import Path

import pytest

from scripts.environments import environments, python_of
from scripts.examples import (
    NOT_RUN,
    REAL,
    STAND_IN,
    difference,
    find_examples,
    needs,
    run_example,
    run_examples,
    stamped,
    verified,
    weights,
)
from scripts.model import ScriptError
from scripts.reader import lectures, read_lecture
from scripts.standin import behind, lay_out, stand_in
from tests.conftest import ROOT

pytest.importorskip("datasets", reason="the examples need the capture packages")
pytestmark = pytest.mark.shared_store  # the stand-in of the Hub is made once

PATHS = [path for lecture in lectures() for path in find_examples(lecture)]


@pytest.fixture(scope="session")
def pins() -> dict[str, str]:
    """Package -> version, as pyproject.toml pins them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return dict(pin.split("==") for pin in project["optional-dependencies"]["capture"])


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parents[1].name}/{path.stem}")
def test_prints_what_the_page_says(path):
    source = path.read_text(encoding="utf-8")
    expected = path.with_suffix(".out").read_text(encoding="utf-8")
    if needs(source):
        assert stamped(expected) == NOT_RUN or needs(source) in environments() or needs(source) == "cuda"
        return
    assert stamped(expected) == weights(source)
    assert difference(expected, run_example(path)) == ""


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_can_be_copied_and_run(path):
    source = path.read_text(encoding="utf-8")
    assert "pip install" in (ast.get_docstring(ast.parse(source)) or "")
    assert len(source.splitlines()) <= 75 and max(map(len, source.splitlines())) <= 120


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_no_output_is_older_than_the_pins(path, pins):
    head = path.with_suffix(".out").read_text(encoding="utf-8").splitlines()[0]
    if stamped(head) == NOT_RUN or needs(path.read_text(encoding="utf-8")) in environments():
        return
    versions = dict(re.findall(r"([\w-]+) (\d[\w.]*)", head.partition(" · ")[2]))
    assert "transformers" in versions or "tokenizers" in versions or "torch" in versions, head
    assert not {name: version for name, version in versions.items() if pins.get(name, version) != version}
    assert re.search(r"20\d\d-\d\d-\d\d", head)


def test_every_program_is_on_the_page_in_both_languages():
    for lecture in lectures():
        names = {path.name for path in find_examples(lecture)}
        for language in ("zh", "en"):
            assert {example.name for example in read_lecture(lecture, language).examples} == names


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("# stand-in weights: 2026\nshape (1, 8, 64)", "shape (1, 8, 64)", True),
        ("shape (1, 8, 64)", "shape (1, 8, 65)", False),
        ("<object at 0x7f2b3c4d5e6f>", "<object at 0x7f2b3c4d0000>", True),
        ("took 3.2 s", "took 9.9 s", True),
        ("took 3.2 s for 5 rows", "took 3.2 s for 6 rows", False),
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


def test_an_output_with_another_shape_is_caught(tmp_path):
    examples = tmp_path / "01-toy/first/examples"
    examples.mkdir(parents=True)
    (tmp_path / "01-toy/first/zh.md").write_text("---\ntitle: x\n---\n")
    (examples / "shape.py").write_text("# pip install torch\nimport torch\nprint(tuple(torch.zeros(2, 3).shape))\n")
    (result,) = run_examples(["01-toy/first"], write=True, root=tmp_path)
    out = examples / "shape.out"
    assert result.written and result.stamp == REAL and "torch 2." in out.read_text()
    assert [each.difference for each in run_examples(["01-toy/first"], root=tmp_path)] == [""]
    out.write_text(out.read_text().replace("(2, 3)", "(2, 4)"))
    (result,) = run_examples(["01-toy/first"], root=tmp_path)
    assert "line 1 was '(2, 4)', now '(2, 3)'" in str(result)
    out.write_text(out.read_text().replace("real run", STAND_IN).replace("(2, 4)", "(2, 3)"))
    assert "stamped 'stand-in weights', now 'real run'" in str(*run_examples(["01-toy/first"], root=tmp_path))


def test_a_page_tells_what_it_was_verified_with():
    date, versions = verified("09-lora/merge")
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", date)
    assert {"torch", "transformers", "peft"} <= set(versions)


def test_what_cannot_run_here_says_so(tmp_path):
    examples = tmp_path / "01-toy/first/examples"
    examples.mkdir(parents=True)
    (tmp_path / "01-toy/first/zh.md").write_text("---\ntitle: x\n---\n")
    (examples / "away.py").write_text("# needs: vllm\n# pip install vllm\nimport vllm\n")
    (result,) = run_examples(["01-toy/first"], write=True, root=tmp_path)
    assert result.stamp == NOT_RUN and (examples / "away.out").read_text() == "# not run here: needs vllm\n"
    assert list(run_examples(["01-toy/first"], env="gptqmodel", root=tmp_path)) == []
    with pytest.raises(ScriptError, match="unknown environment 'x'; there are: vllm"):
        python_of("x")


def test_every_need_is_known():
    needed = {needs(path.read_text(encoding="utf-8")) for path in PATHS} - {"", "cuda"}
    assert needed <= set(environments())


def test_a_faulty_list_of_environments(tmp_path):
    (tmp_path / "environments.yaml").write_text("vllm: 3\n")
    with pytest.raises(ScriptError, match=r"environments\.yaml:1: not a list of environments"):
        environments(tmp_path / "environments.yaml")


HUB = """
from transformers import AutoModelForCausalLM, AutoTokenizer
from datasets import load_dataset
words = AutoTokenizer.from_pretrained("Qwen/Qwen3-0.6B")
model = AutoModelForCausalLM.from_pretrained("Qwen/Qwen3-0.6B")
chat = words.apply_chat_template([{"role": "user", "content": "Hi"}], add_generation_prompt=True, return_tensors="pt")
print(type(model).__name__, model.dtype, tuple(chat["input_ids"].shape)[0])
print(load_dataset("nyu-mll/glue", "sst2", split="validation").features["label"].names)
"""


def test_names_on_the_hub_are_served_by_the_stand_in(tmp_path):
    path = tmp_path / "hub.py"
    path.write_text(HUB)
    assert run_example(path).splitlines() == ["Qwen3ForCausalLM torch.bfloat16 1", "['negative', 'positive']"]
    assert weights(HUB) == STAND_IN
    assert weights("'sentence-transformers/all-MiniLM-L6-v2'") == REAL and weights("print(1)") == REAL


def test_the_stand_in_is_in_the_hub_s_own_layout(tmp_path):
    home = stand_in()
    lay_out(home, tmp_path)
    for name, kind in behind(home).items():
        if kind != "made here":
            folder = tmp_path / "hub" / f"models--{name.replace('/', '--')}"
            revision = (folder / "refs/main").read_text()
            config = json.loads((folder / "snapshots" / revision / "config.json").read_text())
            assert config["architectures"] and (folder / "snapshots" / revision / "model.safetensors").exists()
    assert all(len((tmp_path / "datasets" / name.replace("/", "___")).name) for name in behind(home))


def test_a_name_that_is_not_served_fails_in_one_line(tmp_path):
    path = tmp_path / "absent.py"
    path.write_text("from transformers import AutoConfig\nAutoConfig.from_pretrained('nobody/nothing')\n")
    with pytest.raises(ScriptError, match=r"absent\.py:2: ended with 1: OSError"):
        run_example(path)
