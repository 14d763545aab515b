"""A small language model made on the spot: text, tokenizer, decoder, training and perplexity.

Its text is what every Python carries: the language reference behind `help()` and the standard library's source.
So a capture needs no network, and anybody can make the same model again.
"""

from __future__ import annotations

import hashlib
import math
import pydoc_data.topics
import sysconfig
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast


@contextmanager
def repeatable(seed: int, threads: int = 1) -> Iterator[None]:
    """Seed torch and fix its threads for the time of a capture.

    One thread by default: float32 sums then have one order whatever else the machine does. It is faster too: at
    these sizes two threads gave the same bits, and on a busy two-core machine took 65 seconds for 8.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            yield
    finally:
        torch.set_num_threads(before)


# Text


def documentation() -> tuple[list[str], list[str]]:
    """Python's language reference as (training, held-out) documents.

    Topics quote each other at length, so every paragraph is kept once: nothing held out was seen in training.
    """
    seen: set[str] = set()
    documents = []
    for topic in sorted(pydoc_data.topics.topics):
        paragraphs = pydoc_data.topics.topics[topic].split("\n\n")
        fresh = [paragraph for paragraph in paragraphs if paragraph not in seen]
        seen.update(fresh)
        documents.append("\n\n".join(fresh))
    held_out = documents[7::10]
    return [document for place, document in enumerate(documents) if place % 10 != 7], held_out


def source(modules: tuple[str, ...]) -> list[str]:
    """The source of these standard library modules, in this order."""
    library = Path(sysconfig.get_path("stdlib"))
    return [(library / f"{module}.py").read_text(encoding="utf-8") for module in modules]


def sha256(texts: list[str]) -> str:
    """One hash for a list of texts."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


# Model


def make_tokenizer(texts: list[str], vocabulary: int) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer learned from these texts; it can spell any text."""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=["<eos>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=bpe, eos_token="<eos>", pad_token="<eos>")


def make_decoder(vocabulary: int, layers: int, hidden: int, heads: int) -> LlamaForCausalLM:
    """An untrained Llama with random weights from torch's current seed."""
    config = LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=hidden,
        intermediate_size=3 * hidden,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=heads,
        max_position_embeddings=256,
        initializer_range=0.06,  # at this width three times the usual start learns markedly faster
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=0,
        pad_token_id=0,
    )
    return LlamaForCausalLM(config)


def encode(tokenizer: Any, texts: list[str]) -> torch.Tensor:
    """All texts as one row of token ids, int64, an end mark after each."""
    ids: list[int] = []
    for text in texts:
        ids += [*tokenizer(text, add_special_tokens=False).input_ids, tokenizer.eos_token_id]
    return torch.tensor(ids)


# Training


@dataclass(frozen=True)
class Plan:
    """A training run: AdamW, linear warm-up, cosine decay to a twentieth of the rate, gradients clipped at `clip`."""

    steps: int
    batch: int
    length: int
    rate: float
    warmup: int = 20
    decay: float = 0.0
    clip: float = 1.0

    def rate_at(self, step: int) -> float:
        """The learning rate of one step, from 0."""
        cosine = 0.5 * (1 + math.cos(math.pi * step / self.steps))
        return self.rate * min(1.0, (step + 1) / self.warmup) * (0.05 + 0.95 * cosine)


@dataclass(frozen=True)
class Run:
    """What a training run leaves: one loss (nats per token) and rate per step, and the optimizer with its state."""

    losses: list[float]
    rates: list[float]
    optimizer: torch.optim.Optimizer


def train(
    model: torch.nn.Module,
    data: torch.Tensor,
    plan: Plan,
    seed: int,
    *,
    watch: Callable[[int], None] | None = None,
    span: Callable[[str, int], AbstractContextManager[None]] | None = None,
) -> Run:
    """Train every parameter that asks for a gradient on random windows of `data` (1-D token ids).

    watch(step) sees the model with the gradients of that step, before they are clipped and applied; once more at the
    end, with watch(plan.steps), for gradients that are left in place and not applied. span(part, step) wraps the
    parts of a step for timing.
    """
    span = span or (lambda part, step: nullcontext())
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    device = trainable[0].device
    optimizer = torch.optim.AdamW(trainable, lr=plan.rate, betas=(0.9, 0.95), weight_decay=plan.decay)
    generator = torch.Generator().manual_seed(seed)  # on the CPU: the same windows on every device
    losses, rates = [], []
    model.train()
    for step in range(plan.steps + 1):
        starts = torch.randint(0, len(data) - plan.length, (plan.batch,), generator=generator).tolist()
        rows = torch.stack([data[start : start + plan.length] for start in starts]).to(device)
        optimizer.zero_grad(set_to_none=True)
        with span("forward", step):
            loss = model(input_ids=rows, labels=rows).loss
        with span("backward", step):
            loss.backward()
        if watch:
            watch(step)
        if step == plan.steps:
            break
        for group in optimizer.param_groups:
            group["lr"] = plan.rate_at(step)
        torch.nn.utils.clip_grad_norm_(trainable, plan.clip)
        with span("optimizer", step):
            optimizer.step()
        losses.append(loss.item())
        rates.append(plan.rate_at(step))
    model.eval()
    return Run(losses, rates, optimizer)


@torch.no_grad()
def perplexity(model: torch.nn.Module, data: torch.Tensor, length: int, rows: int = 96) -> float:
    """exp of the mean loss per token over up to `rows` consecutive windows of `data`, evenly spread."""
    windows = data[: len(data) // length * length].view(-1, length)
    picked = windows[torch.linspace(0, len(windows) - 1, min(rows, len(windows))).long()]
    device = next(model.parameters()).device
    total = 0.0
    model.eval()
    for part in picked.split(16):
        total += model(input_ids=part.to(device), labels=part.to(device)).loss.item() * len(part)
    return math.exp(total / len(picked))
