"""Bring your own: other architectures, tokenizers and numbers of ranks, from the capture to words and pictures."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("peft")

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import (
    BertConfig,
    BertModel,
    GPT2Config,
    GPT2LMHeadModel,
    OPTConfig,
    OPTForCausalLM,
    PreTrainedTokenizerFast,
)

from data_capture import bpe, fsdp, lora, lora_models, lora_settings, ring, tiny
from data_capture.dequantize_models import find_layer
from data_capture.record import Record
from data_capture.registry import CaptureError, run_capture
from data_capture.trace import load_trace
from render.plan import plan
from scenes.inject import LoraInject
from scenes.ring import GradientSum
from scenes.stage.guard.check import played
from scripts.numerals import cardinal, count, fraction
from scripts.reader import read_lecture

PLAN = tiny.Plan(steps=20, batch=4, length=48, rate=1e-2, warmup=2)
SMALL = lora_settings.Settings(
    rank=4, alpha=8, base=PLAN, lora=PLAN, full=replace(PLAN, rate=2e-3), modules=("bisect", "code"),
    held_out=("copy",), snapshots=4, sample=24, tokens=64, written=4, timings=2,
)  # fmt: skip
MARKS: dict[str, Any] = {"vocab_size": 300, "bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 0}
WIDE: dict[str, Any] = {
    "hidden_size": 48,
    "ffn_dim": 64,
    "num_hidden_layers": 6,
    "num_attention_heads": 2,
    "word_embed_proj_dim": 48,
}


def refused(action: Callable[[], object]) -> str:
    with pytest.raises(CaptureError) as caught:
        action()
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerFast:
    return tiny.make_tokenizer(tiny.source(("bisect",)), 300)


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], None]]:
    """Draw these traces in place of the committed ones."""
    yield lambda root: monkeypatch.setenv("LECTURE_TRACES", str(root))


@pytest.fixture(scope="module")
def opt(tmp_path_factory: pytest.TempPathFactory, tokenizer: Any) -> Path:
    """The LoRA trace of an OPT of six layers: other names of modules, biases, a matrix that is sampled."""
    root = tmp_path_factory.mktemp("own")
    torch.manual_seed(0)
    config = OPTConfig(**MARKS | WIDE, max_position_embeddings=64, init_std=0.06)
    OPTForCausalLM(config).save_pretrained(root / "tiny-opt")
    tokenizer.save_pretrained(root / "tiny-opt")
    record = Record("lora/merge", str(root / "tiny-opt"))
    lora.observe(record, str(root / "tiny-opt"), "cpu", lambda line: None, SMALL)
    record.write(root / "traces")
    return root / "traces"


def test_an_opt_is_captured(opt: Path) -> None:
    trace = load_trace(opt / "lora/merge")
    assert trace.value("module") == "model.decoder.layers.4.self_attn.q_proj" and trace.value("layers") == 6
    assert trace["W"].shape == (24, 24) and trace.value("matrix.full") == 48 * 48
    projections = [f"self_attn.{name}" for name in ("k_proj", "v_proj", "q_proj", "out_proj")]
    assert trace.value("block.modules") == [*projections, "fc1", "fc2"]
    base, part = trace["h.base"], trace["W"] @ trace["x"].T
    assert base.shape == part.T.shape and trace["h.out"] == pytest.approx(base + trace["h.up"], abs=1e-5)
    assert trace["h.down.first"].shape == trace["h.down"].shape


def test_words_and_pictures_are_those_of_the_opt(opt: Path, use: Callable[[Path], None]) -> None:
    ours = {language: read_lecture("09-lora/merge", language) for language in ("zh", "en")}
    use(opt)
    for language, here in (("zh", "从检查点读入"), ("en", "read from a checkpoint")):
        own = read_lecture("09-lora/merge", language)
        told = [beat.spoken for scene in own.scenes for beat in scene.beats]
        assert here in told[0] and "48" in " ".join(told)
        assert told != [beat.spoken for scene in ours[language].scenes for beat in scene.beats]
    with played(LoraInject, "en") as scene:
        assert not scene.guard.findings, scene.guard.findings
        texts = [mobject.text for mobject in scene.get_mobject_family_members() if hasattr(mobject, "text")]
        assert not any("128" in text for text in texts)


def test_steps_of_a_build_depend_on_the_trace(opt: Path, use: Callable[[Path], None]) -> None:
    def keys() -> dict[str, str]:
        made = plan("09-lora/merge", "en", "l", "espeak")
        return {name: step.key for name, step in made.scenes.items()} | {"lecture": made.stitched.key}

    committed = keys()
    use(opt)
    own = keys()
    assert committed.keys() == own.keys() and not set(committed.values()) & set(own.values())


def test_a_gpt2_keeps_its_weights_the_other_way_round(tmp_path: Path, tokenizer: Any) -> None:
    torch.manual_seed(0)
    config = GPT2Config(**MARKS, n_embd=32, n_layer=2, n_head=2, n_positions=64, initializer_range=0.06)
    GPT2LMHeadModel(config).save_pretrained(tmp_path / "gpt2")
    tokenizer.save_pretrained(tmp_path / "gpt2")
    record = Record("lora/merge", str(tmp_path / "gpt2"))
    lora.observe(record, str(tmp_path / "gpt2"), "cpu", lambda line: None, replace(SMALL, sample=128))
    W, delta = record.tensors["W"][0], record.tensors["delta"][0]
    assert W.shape == delta.shape == (96, 32) and record.values["module.repr"].value == "Conv1D(nf=96, nx=32)"
    up, down = record.tensors["B.steps"][0][-1], record.tensors["A.steps"][0][-1]
    assert delta == pytest.approx(2.0 * up @ down, abs=1e-6)
    assert record.tensors["h.base"][0] == pytest.approx(record.tensors["x"][0] @ W.T, abs=1e-4)


@pytest.mark.parametrize("ranks", [2, 5])
def test_rings_of_real_processes(tmp_path: Path, ranks: int, use: Callable[[Path], None]) -> None:
    run_capture("collectives/ring", ranks=ranks, root=tmp_path)
    trace = load_trace(tmp_path / "collectives/ring")
    assert trace.value("bytes.sent.all_reduce") == [2 * (ranks - 1) * 8] * ranks
    assert trace["ring.all_reduce.contributors"][-1].all() and set(trace["ring.all_reduce.messages"][:, 4]) == {8}
    use(tmp_path)
    with played(GradientSum, "zh") as scene:
        assert not scene.guard.findings, scene.guard.findings


@pytest.mark.parametrize("ranks", range(2, 9))
def test_words_hold_for_every_number_of_ranks(ranks: int) -> None:
    """What is read is true of these numbers: no word of another number of ranks is left."""
    values: dict[str, Any] = {key: value.value for key, value in load_trace("collectives/ring").values.items()}
    values |= {"ranks": ranks, "bytes.tensor": 8 * ranks, "steps.all_reduce": 2 * ranks - 2}
    values |= {"bytes.formula.reduce_scatter": 8.0 * ranks - 8, "bytes.formula.all_reduce": 16.0 * ranks - 16}
    told = {}
    for language in ("zh", "en"):
        lecture = read_lecture("13-collectives/ring", language, values=values.__getitem__)
        told[language] = [scene.title for scene in lecture.scenes] + [b.text for s in lecture.scenes for b in s.beats]
    spelled = cardinal(ranks, "en")
    assert (
        told["zh"][0] == f"{count(ranks, 'zh')}份梯度，一个和"
        and told["en"][0] == f"{spelled.capitalize()} gradients, one sum"
    )
    assert f"{fraction((ranks - 1) / ranks, 'zh')}" in " ".join(told["zh"])
    words = re.findall(r"(\w+) (?:processes|gradients|chunks|stripes|links)\b", " ".join(told["en"]).lower())
    numbers = {word for word in words if word in {cardinal(n, "en") for n in range(2, 9)}}
    assert numbers <= {spelled, cardinal(ranks - 1, "en")}, numbers


# Refusals


def test_ranks_that_do_not_fit(tmp_path: Path) -> None:
    assert "takes no --ranks; this is for collectives/ring" in refused(
        lambda: run_capture("lora/merge", ranks=3, root=tmp_path)
    )
    whole = fsdp.make(fsdp.Settings())
    assert "does not divide into 7 equal shards" in refused(lambda: fsdp.check_shards(whole, 7))
    for ranks in range(2, 9):
        settings = fsdp.Settings().of(ranks)
        fsdp.check_shards(fsdp.make(settings), ranks)
    assert fsdp.Settings().of(4) == fsdp.Settings() and ring.Settings().of(4) == ring.Settings()


def test_models_that_do_not_fit(tmp_path: Path, tokenizer: Any) -> None:
    config = GPT2Config(**MARKS, n_embd=32, n_layer=2, n_head=2, n_positions=32)
    gpt2 = GPT2LMHeadModel(config)
    assert "model.layers" in refused(lambda: fsdp.check_shards(gpt2, 2))
    assert "reads 32 tokens; 48 are needed" in refused(lambda: lora_models.fitting(gpt2, SMALL))
    assert "no linear layers in layer.N" in refused(lambda: find_layer(torch.nn.Linear(2, 2)))
    sizes: dict[str, Any] = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
    }
    bert = BertModel(BertConfig(vocab_size=300, **sizes))
    assert find_layer(bert)[0] == "encoder.layer.1.intermediate.dense"
    (tmp_path / "empty").mkdir()
    for name in ("lora/merge", "numbers/dequantize", "fsdp/step"):
        said = refused(lambda name=name: run_capture(name, model=str(tmp_path / "empty"), root=tmp_path))  # type: ignore[misc]
        assert "cannot be loaded" in said


def test_a_tokenizer_of_another_kind(tmp_path: Path) -> None:
    pieces = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    pieces.pre_tokenizer = pre_tokenizers.Whitespace()
    pieces.train_from_iterator(["a b"], trainers.WordPieceTrainer(special_tokens=["[UNK]"], show_progress=False))
    PreTrainedTokenizerFast(tokenizer_object=pieces, unk_token="[UNK]").save_pretrained(tmp_path / "pieces")
    said = refused(lambda: bpe.learn(str(tmp_path / "pieces"), ["a b"], bpe.Settings()))
    assert "is WordPiece without bytes; byte-level BPE is needed" in said


def test_a_tokenizer_of_which_the_story_does_not_hold() -> None:
    record = Record("tokenization/bpe")
    trace = load_trace("tokenization/bpe")
    record.values = dict(trace.values)
    bpe.check_story(record)
    record.values["rivals.0"] = replace(trace.values["rivals.0"], value=["h e", "t h"])
    record.values["merges.left"] = replace(trace.values["merges.left"], value=["h", *trace.value("merges.left")[1:]])
    assert "cannot tell that space and t are the first merge" in refused(lambda: bpe.check_story(record))
