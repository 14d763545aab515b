"""The outline holds everything the course promises, and claims no more than there is."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from scripts.claims import unfounded
from scripts.course import LEVELS, load_course
from scripts.model import ScriptError
from scripts.outline import chosen, outline, topics
from tests.conftest import ROOT

COURSE = load_course()

# What each chapter must contain, in words of its English points.
PROMISED = {
    0: "Hub|transformers|tokenizers|datasets|accelerate|peft|trl|bitsandbytes|optimum|kernels|versions pinned"
    "|offline mode|migration|renamed|id to deployment",
    1: "text tasks|audio tasks|vision tasks|multimodal|batch_size|device|dtype|Subclassing `Pipeline`|messages",
    2: "AutoConfig|tokenizer and processor|AutoModel|id to files|one by one|safetensors|conversion|device_map"
    "|blobs|save_pretrained|push_to_hub",
    3: "BPE|WordPiece|Unigram|byte fallback|normalizers|offsets|special tokens|padding|truncation|chat templates"
    "|tool calls|training a tokenizer",
    4: "embedding|attention|multi-head|GQA|MLA|attention mask|causal mask|padding mask|sliding window|RoPE|norm|MLP|MoE"
    "|experts backends|encoder|decoder|encoder-decoder|heat maps|induction",
    5: "greedy|sampling|temperature|top-k|top-p|min-p|beam search|logits processors|stopping|streaming|dynamic|static"
    "|sliding|quantized|offloaded|speculative|assisted decoding|prompt lookup|custom generation",
    6: "load_dataset|`map`|streaming|collators|dynamic padding|packing|alpaca|dolly|openassistant|glue|squad",
    7: "TrainingArguments|one step in order|metrics|callbacks|checkpoints|resume|hyper-parameter search|custom Trainer"
    "|custom loss|text classification|token classification|question answering|summarization|translation|causal LM",
    8: "parameters|gradients|optimizer state|activations|gradient accumulation|activation (gradient) checkpointing|bf16"
    "|fp16|mixed precision|torch.amp|loss scaling|FP8|8-bit|Adafactor|Muon|profiler",
    9: "injected|initialisation|rank|alpha|training|merge|unmerge|several adapters|hot swap"
    "|Trainer and accelerate integration",
    10: "QLoRA|DoRA|rsLoRA|PiSSA|LoftQ|bottleneck|prompt tuning|prefix tuning|P-tuning|IA3|TIES|DARE|choosing|SFT|DPO",
    11: "fp32|bf16|fp16|fp8|int8|int4|NF4|MXFP4|affine|codebook|absmax|zero point|blocks|outliers|LLM.int8()"
    "|double quantization|dequantize step by step|weight distribution before and after",
    12: "bitsandbytes|GPTQ|AWQ|HQQ|EETQ|torchao|AutoRound|quanto|FP8|MXFP4|GGUF|post-training quantization"
    "|quantization-aware training|k-v cache quantization|choosing and measuring",
    13: "all-reduce|all-gather|reduce-scatter|broadcast|ring|tree|buckets|overlap|accelerate config|accelerate launch"
    "|API|torchrun|elastic",
    14: "sharding of parameters, gradients and optimizer state|all-gather before use|reduce-scatter after"
    "|wrapping policy|prefetch|overlap|mixed precision|CPU offload|activation checkpointing|state dicts|FSDP1|FSDP2",
    15: "ZeRO-1/2/3|offload to CPU and NVMe|configuration in Trainer and accelerate|FSDP against ZeRO-3|tensor parallel"
    "|pipeline parallel|context parallel|sequence parallel|expert parallel|choosing a layout",
    16: "FlashAttention-2/3|tiling|online softmax|SDPA|attention registry|kernels from the Hub|BetterTransformer"
    "|static cache + torch.compile|Dynamo|AOTAutograd|Inductor|guards|graph breaks|recompilation|CUDA graphs",
    17: "continuous batching|PagedAttention|prefix caching|chunked prefill|transformers serve|vLLM|SGLang|TGI"
    "|present status|TensorRT-LLM|throughput against latency|load testing|metrics",
    18: "ONNX|Optimum backends|TorchScript|torch.export|ExecuTorch|GGUF|llama.cpp|packaging|monitoring|pickle"
    "|safetensors|trust_remote_code",
    19: "custom config/model/processor|Auto registration|modular transformers|AttentionInterface|mask interface"
    "|custom Trainer internals|hooks|output tracing|debugging|contributing",
    20: "vision|audio|vision-language|embeddings|rerankers|long context",
    21: "Hub|Spaces|evaluation harnesses|SFT|DPO|GRPO|agents|MCP|Gradio|capstone",
}

# What the course was asked for by name, wherever it is taught.
ASKED = (
    "PEFT|LoRA|QLoRA|adapter|prompt tuning|Trainer|accelerate|bf16|fp16|mixed precision|torch.amp|gradient accumulation"
    "|bitsandbytes|8-bit|GPTQ|AWQ|HQQ|EETQ|post-training quantization|quantization-aware training|FSDP"
    "|DeepSpeed ZeRO|ZeRO-1/2/3|ZeRO-3 offload|torchrun|elastic|FlashAttention-2|BetterTransformer|torch.compile|vLLM"
    "|TensorRT-LLM|TGI|ONNX|TorchScript|ExecuTorch|Optimum|custom Trainer|custom config/model/processor|beam search"
    "|speculative decoding|attention mask|causal mask|KV cache|gradient) checkpointing|Dynamo|Inductor|perplexity|ROUGE"
    "|BLEU|throughput|glue|squad|alpaca|dolly|openassistant|accelerate launch|heat maps|all-gather|reduce-scatter"
    "|less memory than LoRA|FSDP against ZeRO-3|weight distribution before and after"
)


def told(number: int | None = None) -> str:
    """All English points of a chapter, or of the course."""
    chapters = [chapter for chapter in COURSE.chapters if number in (None, chapter.number)]
    return "\n".join(point["en"] for chapter in chapters for plan in chapter.lectures for point in plan.points).lower()


@pytest.mark.parametrize("number", PROMISED)
def test_every_promised_topic_has_its_point(number):
    points = told(number)
    assert not [name for name in PROMISED[number].split("|") if name.lower() not in points]


def test_everything_asked_for_by_name_has_its_point():
    points = told()
    assert not [name for name in ASKED.split("|") if name.lower() not in points]


def test_the_size_of_the_course():
    lectures = COURSE.lectures
    assert len(COURSE.chapters) >= 22 and len(lectures) >= 110
    assert sum(len(plan.points) for plan in lectures) >= 450
    assert min(len(plan.points) for plan in lectures) >= 3


def test_points_are_written_in_both_languages_and_stand_once():
    points = [point for plan in COURSE.lectures for point in plan.points]
    assert not [point for point in points if re.search(r"[\u4e00-\u9fff]", point["en"])]
    for language in ("zh", "en"):
        titles = [plan.title[language] for plan in COURSE.lectures]
        assert len(titles) == len(set(titles))
        for plan in COURSE.lectures:
            own = [point[language] for point in plan.points]
            assert len(own) == len(set(own)), plan.id


def test_every_topic_comes_back_at_every_level():
    missing = [(topic.id, level) for topic in COURSE.topics for level in LEVELS if not COURSE.taught(topic.id, level)]
    assert not missing


def test_every_mechanism_is_animated_somewhere():
    assert len(COURSE.mechanisms) == 20
    animated = {name for plan in COURSE.lectures for name in plan.animates}
    assert animated == {mechanism.id for mechanism in COURSE.mechanisms}


def test_only_the_first_lectures_need_nothing_before():
    assert [plan.id for plan in COURSE.lectures if not plan.after] == ["00-start/guide"]


def test_a_lecture_is_no_easier_than_it_says():
    """Nobody at a level is sent to a lecture that presupposes a harder one."""
    rank = {plan.id: LEVELS.index(plan.level) for plan in COURSE.lectures}
    assert not [(plan.id, name) for plan in COURSE.lectures for name in plan.after if rank[name] > rank[plan.id]]


def test_the_outline_claims_no_more_than_there_is():
    assert [str(finding) for finding in unfounded(COURSE, ROOT / "scripts")] == []


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The LoRA lecture, alone in a house of its own."""
    for name in ("scripts/09-lora/merge", "data_capture/traces/lora/merge"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("scenes", "transcripts/09-lora"):
        (tmp_path / name).mkdir(parents=True)
        for path in (ROOT / name).glob("*.*"):
            shutil.copy(path, tmp_path / name)
    shutil.copy(ROOT / "scripts/course.yaml", tmp_path / "scripts")
    return tmp_path


@pytest.mark.parametrize(
    ("path", "old", "new", "says"),
    [
        ("scripts/09-lora/merge/zh.md", "## 扩展阅读", "## 延伸", "zh.md has the parts 概念"),
        ("scripts/09-lora/merge/en.md", "{solution}", "{note}", "en.md has no solution"),
        ("scripts/09-lora/merge/en.md", ":::{output} save.py\n:::", "", "never shows the output of save.py"),
        ("scripts/09-lora/merge/en.md", None, None, "its en page cannot be read"),
        ("transcripts/09-lora/merge.zh.vtt", None, None, "transcripts/09-lora/merge.zh.vtt is missing"),
        ("scenes/inject.py", None, None, "scenes/inject.py is missing"),
        ("data_capture/traces/lora/merge/trace.json", None, None, "trace.json is missing"),
    ],
)
def test_a_claim_without_ground_is_found(clone, path, old, new, says):
    def found() -> list[str]:
        findings = unfounded(load_course(clone / "scripts"), clone / "scripts")
        return [str(each) for each in findings if " 09-lora/merge " in str(each)]

    assert found() == []
    if old is None:
        (clone / path).unlink()
    else:
        text = (clone / path).read_text(encoding="utf-8")
        assert old in text
        (clone / path).write_text(text.replace(old, new), encoding="utf-8")
    assert any(says in line and re.match(r".*course\.yaml:\d+: ", line) for line in found())


def test_the_outline_is_printed_and_filtered():
    lines = list(outline(COURSE, "en", topic="fsdp", level="advanced"))
    assert "14  Many devices II: FSDP" in lines and lines[-1].startswith(f"{len(COURSE.taught('fsdp', 'advanced'))} ")
    assert not [line for line in lines if "01-pipeline" in line]
    assert [plan.id for plan in chosen(COURSE, topic="lora", level="beginner")][-1] == "10-qlora-and-family/first"
    assert not [line for line in outline(COURSE, "zh", points=False) if line.startswith("    ")]
    assert "fsdp  FSDP（完全分片数据并行）" in list(topics(COURSE, "zh"))
    with pytest.raises(ScriptError, match="unknown topic 'x'; use one of: pipeline, auto,"):
        chosen(COURSE, topic="x")
