"""What no library has, or no longer recommends, is found in programs, pages and outline; what exists is not accused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

pytest.importorskip("trl", reason="names are looked up in the installed libraries")

from data_capture.library import Missing, arguments, deprecation, find, words
from data_capture.programs import read_expression, read_program
from render.apis import examine
from scripts.model import ScriptError
from scripts.official import load_official
from scripts.reader import lectures
from tests.conftest import ROOT

HEAD = (
    "import torch\nfrom transformers import AutoModelForCausalLM, AutoTokenizer, Trainer, TrainingArguments, pipeline\n"
)
WRONG = {
    "an argument of v4": ("AutoModelForCausalLM.from_pretrained('a', load_in_4bit=True)", "no argument 'load_in_4bit'"),
    "another of v4": ("TrainingArguments(output_dir='a', evaluation_strategy='epoch')", "'evaluation_strategy'"),
    "a third of v4": ("Trainer(model=None, tokenizer=None)", "transformers.Trainer takes no argument 'tokenizer'"),
    "an invented class": ("from transformers import AutoModelForRhymes", "has no 'AutoModelForRhymes'"),
    "an invented method": ("t = AutoTokenizer.from_pretrained('a')\nt.batch_encode_plus(['b'])", "'batch_encode_plus'"),
    "an invented function": ("torch.nn.functional.softestmax(1)", "has no 'softestmax'"),
    "an invented argument": ("m = AutoModelForCausalLM.from_pretrained('a')\nm.generate(max_tokens=3)", "'max_tokens'"),
    "a task's argument": ("pipeline('text-classification', return_everything=True)", "'return_everything'"),
    "a deprecated call": ("torch.jit.script(torch.nn.Linear(1, 1))", "torch.jit.script is deprecated"),
    "a deprecated method": (
        "m = AutoModelForCausalLM.from_pretrained('a')\nm.gradient_checkpointing_enable()",
        "gradient_checkpointing_enable is deprecated",
    ),
    "a deprecated argument": ("AutoModelForCausalLM.from_pretrained('a', torch_dtype='auto')", "`torch_dtype` is dep"),
    "a deprecated field": ("TrainingArguments('a', gradient_checkpointing=True)", "Deprecated alias"),
}
RIGHT = """
import torch.nn as nn
from datasets import load_dataset
from peft import LoraConfig, get_peft_model
from transformers import AutoConfig, BitsAndBytesConfig, DataCollatorWithPadding, LlamaConfig, LlamaForCausalLM
data = load_dataset("glue", "sst2", split="train", streaming=True)
tokenizer = AutoTokenizer.from_pretrained("a", revision="main", padding_side="left", use_fast=True)
batch = tokenizer(["b"], padding=True, truncation=True, max_length=8, return_tensors="pt", return_offsets_mapping=True)
text = tokenizer.apply_chat_template([], tools=[], add_generation_prompt=True, tokenize=False)
four = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16)
model = AutoModelForCausalLM.from_pretrained(
    "a", dtype="auto", device_map="auto", quantization_config=four, attn_implementation="sdpa", num_labels=2
).eval()
model.generate(**batch, max_new_tokens=8, do_sample=True, temperature=0.7, top_p=0.9, streamer=None)
model = get_peft_model(model, LoraConfig(r=8, lora_alpha=16, target_modules="all-linear", task_type="CAUSAL_LM"))
model.base_model.model.anything.at_all(whatever=3)
args = TrainingArguments("out", eval_strategy="epoch", warmup_steps=0.1, activation_checkpointing=True, bf16=True)
Trainer(model=model, args=args, processing_class=tokenizer, data_collator=DataCollatorWithPadding(tokenizer)).train()
pipe = pipeline("text-classification", model="a", dtype="auto", device=0, top_k=None, batch_size=8)
small = LlamaForCausalLM(LlamaConfig(hidden_size=64, num_key_value_heads=2, rope_parameters={"rope_theta": 1e4}))
total = sum(p.numel() for p in small.parameters() if p.requires_grad) + nn.Linear(3, 4, bias=False).in_features
zeros = torch.zeros(3, dtype=torch.float32, device="cpu").sum(dim=0, keepdim=True)
model = 3
model.anything(but="a model")
"""


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_program_is_caught(what):
    code, says = WRONG[what]
    found = read_program(HEAD + code).faults
    assert len(found) == 1 and says in found[0].what, found
    assert found[0].line == 2 + len(code.splitlines())


def test_a_right_program_is_not_accused():
    report = read_program(HEAD + RIGHT)
    assert report.faults == []
    assert report.resolved > 60 and report.open < 10


def test_history_may_be_shown():
    code = HEAD + "torch.jit.script(1)\nAutoModelForCausalLM.from_pretrained('a', load_in_4bit=True)"
    assert len(read_program(code).faults) == 2
    assert read_program(code, history=["torch.jit.script", "load_in_4bit"]).faults == []


MADE_UP = """AutoModelForVision2Seq transformers.AdamW use_rslorax=True HF_HUB_ONLINE_ONLY tokenizer.encode_plus
BeamSearchScorer model.generate(max_tokens=3) load_in_5bit torch.nn.Liner push_to_moon()"""
REAL = """AutoModelForImageTextToText nn.Linear use_rslora=True HF_HUB_OFFLINE model.eval() Linear4bit
merge_and_unload() tokenizer(text,padding=True) cache.layers[0].keys json.dumps ValueError
init_lora_weights="gaussian" r torch.distributed.fsdp.fully_shard peft.utils.hotswap.hotswap_adapter"""


@pytest.mark.parametrize("code", MADE_UP.split())
def test_wrong_inline_code_is_caught(code):
    assert read_expression(code).faults


@pytest.mark.parametrize("code", REAL.split())
def test_right_inline_code_is_not_accused(code):
    assert read_expression(code).faults == []


def test_names_of_the_page_s_own_programs_are_known():
    assert read_expression("my_own_variable").faults
    assert read_expression("my_own_variable", known={"my_own_variable"}).faults == []


def test_what_a_library_has():
    with pytest.raises(Missing, match="transformers has no 'Rhymes'"):
        find("transformers.Rhymes")
    with pytest.raises(Missing, match="package 'nowhere' is not installed"):
        find("nowhere.at.all")
    assert arguments(find("torch.nn.Linear")).complete and "bias" in arguments(find("torch.nn.Linear")).names
    assert not deprecation(find("torch.compile")) and deprecation(find("torch.jit.trace"))
    assert {"target_modules", "attn_implementation"} <= words() and "target_moduls" not in words()


LINKS = {
    "https://huggingface.co/docs/peft/package_reference/lora": "listed",
    "https://huggingface.co/docs/peft/package_reference/lora#peft.LoraConfig": "listed",
    "https://huggingface.co/docs/peft": "listed",
    "https://huggingface.co/docs/peft/package_reference/loira": "",
    "https://arxiv.org/abs/2106.09685": "unchecked",
    "http://arxiv.org/abs/2106.09685": "",
    "https://arxiv.org.example.com/abs/1": "",
    "https://github.com/huggingface/transformers": "unchecked",
    "https://github.com/somebody/transformers": "",
    "https://medium.com/how-to": "",
}


@pytest.mark.parametrize("address", LINKS)
def test_links_are_official(address):
    assert load_official().judge(address) == LINKS[address]


def test_a_damaged_list_of_pages_is_one_line(tmp_path):
    (tmp_path / "official.yaml").write_text("documentation: {peft: 3}\nhosts: []\nunchecked: []\n")
    with pytest.raises(ScriptError, match=r"official\.yaml:1: not a list of official pages"):
        load_official(tmp_path / "official.yaml")


def test_every_page_and_program_of_the_course_is_clean():
    examined = examine(lectures())
    assert [str(finding) for finding in examined.findings] == []
    assert examined.resolved > 500 and examined.programs >= len(lectures())


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("zh.md", "`merge_and_unload` 得到", "`merge_and_reload` 得到", "no library has 'merge_and_reload'"),
        ("zh.md", "`PeftModel`", "{history}`PeftModel`", "told as history but is alive"),
        ("en.md", "docs/peft/index", "docs/peft/indexes", "is not among the official pages"),
        ("examples/merge.py", "import LoraConfig", "import LoraKonfig as LoraConfig", "peft has no 'LoraKonfig'"),
    ],
)
def test_a_fault_is_found_where_it_stands(tmp_path, file, old, new, says):
    lecture = "09-lora/merge"
    shutil.copytree(ROOT / "scripts" / lecture, tmp_path / lecture)
    shutil.copy(ROOT / "scripts/course.yaml", tmp_path)
    path = tmp_path / lecture / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    line = text[: text.index(old)].count("\n") + 1
    found = [finding for finding in examine([lecture], tmp_path).findings if Path(finding.path) == path]
    assert len(found) == 1 and says in found[0].what and found[0].line == line
