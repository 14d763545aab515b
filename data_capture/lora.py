"""lora/merge: LoRA in real peft, from injection over training to merging and undoing.

A small Llama learns Python's documentation, then LoRA adapts it to a new domain, Python source code; a full
fine-tune of the same start on the same data stands beside it. Everything is observed from outside: forward hooks,
`.grad`, optimizer state, and the public API of peft.
"""

from __future__ import annotations

import copy
import re
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from peft.tuners.lora import Linear as LoraLinear
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.pytorch_utils import Conv1D
from transformers.utils import logging as hf_logging

from data_capture import tiny
from data_capture.record import Record
from data_capture.registry import CaptureError, Progress, capture
from data_capture.tolerances import LORA_MERGE
from data_capture.trace import Event

# The new domain: modules written in plain Python, in every Python 3.11 and later. Changing a list changes the trace.
MODULES = (
    "argparse", "base64", "bdb", "calendar", "cmd", "codecs", "configparser", "contextlib", "csv", "difflib", "enum",
    "fileinput", "fractions", "ftplib", "functools", "gettext", "heapq", "imaplib", "locale", "optparse", "pdb",
    "pickle", "pprint", "random", "shlex", "smtplib", "socket", "statistics", "string", "subprocess", "tarfile",
    "tempfile", "threading", "traceback", "typing", "warnings", "weakref",
)  # fmt: skip
HELD_OUT = ("bisect", "code", "copy", "filecmp", "poplib", "queue", "selectors", "textwrap", "zipapp")

# Attention projections under the names that common architectures give them; the first one is recorded.
TARGETS = (
    ("q_proj", "k_proj", "v_proj", "o_proj"),
    ("q_proj", "k_proj", "v_proj", "out_proj"),
    ("q_proj", "k_proj", "v_proj", "dense"),
    ("query_key_value", "dense"),
    ("qkv_proj", "o_proj"),
    ("c_attn", "c_proj"),
)
LINEAR = (torch.nn.Linear, Conv1D)  # Conv1D, of GPT-2, is a linear layer that keeps its weight as (in, out)
WIDTH = 128  # of the small Llama, for which the rates are; wider models take smaller ones


# Steps, not seconds: the same on every machine. LoRA takes about ten times the rate of a full fine-tune.
BASE = tiny.Plan(steps=400, batch=8, length=128, rate=4e-3, warmup=30, decay=0.1)
LORA = tiny.Plan(steps=160, batch=8, length=128, rate=1e-2)
FULL = tiny.Plan(steps=160, batch=8, length=128, rate=1e-3)


@dataclass(frozen=True)
class Settings:
    """The size of the capture; tests make it small. `sample` bounds the rows and columns of recorded matrices."""

    seed: int = 0
    rank: int = 8
    alpha: int = 16
    layers: int = 4
    hidden: int = 128
    heads: int = 4
    vocabulary: int = 1024
    modules: tuple[str, ...] = MODULES
    held_out: tuple[str, ...] = HELD_OUT
    base: tiny.Plan = BASE
    lora: tiny.Plan = LORA
    full: tiny.Plan = FULL
    snapshots: int = 13
    sample: int = 128
    tokens: int = 1024
    prompt: str = "    def get(self, key):\n        return"
    written: int = 24
    timings: int = 40


@capture("lora/merge", what="LoRA in peft: injection, training, merging and undoing", tolerances=LORA_MERGE)
def merge(record: Record, model: str | None, device: str, progress: Progress) -> None:
    observe(record, model, device, progress, Settings())


def observe(record: Record, source: str | None, device: str, progress: Progress, settings: Settings) -> None:
    """The capture at any size. source: a checkpoint for AutoModelForCausalLM, or None for the small Llama."""
    here = Path(__file__)
    record.uses(here, here.with_name("tiny.py"))
    record.seed = settings.seed
    for tid, name in enumerate(("capture", "first training step")):
        record.events.append(Event("thread_name", "M", 0, 0, 0, tid, {"name": name}))
    check_device(device)
    with tiny.repeatable(settings.seed), warnings.catch_warnings():
        # peft 0.21 asks transformers 5.23 by an old name; nothing to act on for whoever runs a capture
        warnings.filterwarnings("ignore", message=".*is_gradient_checkpointing.*")
        _observe(record, source, device, progress, settings)


def check_device(device: str) -> None:
    """CaptureError when torch cannot use this device here."""
    try:
        torch.zeros(1, device=device).sum().item()
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise CaptureError(
            f"device {device!r} cannot be used here ({_line(error)}); use --device cpu or a machine that has it"
        ) from None


def _observe(record: Record, source: str | None, device: str, progress: Progress, settings: Settings) -> None:
    base, tokenizer = _load(record, source, settings, progress) if source else _make(record, settings, progress)
    base.to(device).eval()
    base.zero_grad(set_to_none=True)  # gradients counted later must come from the fine-tune
    targets = find_targets(base)
    settings = fitting(base, settings) if source else settings
    code = tiny.encode(tokenizer, tiny.source(settings.modules))
    held_out = tiny.encode(tokenizer, tiny.source(settings.held_out))
    if (highest := int(max(code.max(), held_out.max()))) >= base.config.vocab_size:
        raise CaptureError(
            f"the tokenizer gives token id {highest}, the model has {base.config.vocab_size}: not its own"
        )
    _describe(record, base, source, settings)

    # The full fine-tune starts from the same weights and sees the same windows of the same data.
    progress("full fine-tune")
    full = copy.deepcopy(base)
    with record.span("full fine-tune", steps=settings.full.steps):
        run = tiny.train(full, code, settings.full, settings.seed + 2)
    _training(record, "full", run, "the full fine-tune", full)
    record.value("perplexity.full", tiny.perplexity(full, held_out, settings.full.length), OF_CODE + "full fine-tune")
    with tempfile.TemporaryDirectory() as folder:
        record.value("bytes.model_file", _saved(full, folder), "model weights as save_pretrained writes them", "B")
    del full, run

    prompt = tokenizer(settings.prompt, return_tensors="pt", add_special_tokens=False).to(device)
    prompt.pop("token_type_ids", None)
    logits = Logits(record, base, prompt, settings.tokens)
    logits.keep("base", base, "of the base model")
    record.value("perplexity.base", tiny.perplexity(base, held_out, settings.lora.length), OF_CODE + "base model")
    record.value("text.prompt", settings.prompt, "what the models continue")
    record.value("text.base", _write(base, tokenizer, prompt, settings), "greedy continuation by the base model")
    plain = copy.deepcopy(base)  # to time the model as it was: injection works in place

    progress("LoRA")
    config = LoraConfig(r=settings.rank, lora_alpha=settings.alpha, target_modules=list(targets), task_type="CAUSAL_LM",
                        fan_in_fan_out=targets == TARGETS[-1])  # fmt: skip
    with record.span("inject", tensors=("A.steps", "B.steps")):
        model = get_peft_model(base, config)
    name, layer = find_layer(model, targets)
    check_injected(model, layer)
    logits.keep("init", model, "with the adapter injected and untrained")
    logits.gap("init", "base", "init", "base model and untrained adapter")
    watch = Watch(record, name, layer, settings)
    with record.span("LoRA training", steps=settings.lora.steps, tensors=("loss.lora",)):
        run = tiny.train(model, code, settings.lora, settings.seed + 2, watch=watch.step, span=_first_step(record))
    watch.finish()
    _training(record, "lora", run, "LoRA", model)
    check_learned(run)
    _frozen(record, model)
    record.value("perplexity.lora", tiny.perplexity(model, held_out, settings.lora.length), OF_CODE + "LoRA")
    check_better(record)
    record.value("text.lora", _write(model, tokenizer, prompt, settings), "greedy continuation after LoRA")
    logits.keep("trained", model, "with the trained adapter beside the frozen weights")
    with model.disable_adapter():
        logits.gap("disabled", "base", logits.of(model), "base model and trained adapter switched off")
    watch.hooks(model, prompt)
    with tempfile.TemporaryDirectory() as folder:
        record.value("bytes.adapter_file", _saved(model, folder), "the adapter as save_pretrained writes it", "B")

    progress("merge")
    unmerged = copy.deepcopy(model)
    watch.merge(model)
    with record.span("merge_and_unload"):
        merged = copy.deepcopy(unmerged).merge_and_unload()
    if any(isinstance(module, LoraLinear) for module in merged.modules()):
        raise CaptureError("merge_and_unload left LoRA layers behind; nothing was merged")
    logits.keep("merged", merged, "after merge_and_unload: a plain model again")
    logits.gap("merged", "trained", "merged", "adapter beside the weights and merged into them")
    progress("timing")
    ids = prompt.input_ids
    _timing(record, {"base": plain, "unmerged": unmerged, "merged": merged}, ids, settings.timings, device)
    progress("done")


OF_CODE = "perplexity per token on held-out Python source: "


# Models


def _make(record: Record, settings: Settings, progress: Progress) -> tuple[Any, Any]:
    progress("documentation model")
    texts, held_out = tiny.documentation()
    with record.span("tokenizer"):
        tokenizer = tiny.make_tokenizer(texts, settings.vocabulary)
    model = tiny.make_decoder(settings.vocabulary, settings.layers, settings.hidden, settings.heads)
    data, unseen = tiny.encode(tokenizer, texts), tiny.encode(tokenizer, held_out)
    length, of_docs = settings.base.length, "perplexity per token on held-out Python documentation: "
    record.value("perplexity.untrained", tiny.perplexity(model, unseen, length), of_docs + "random weights")
    with record.span("base training", steps=settings.base.steps, tensors=("loss.base",)):
        run = tiny.train(model, data, settings.base, settings.seed + 1)
    record.tensor("loss.base", run.losses, "loss per training step of the base model, nats per token", "float32")
    record.value("perplexity.docs", tiny.perplexity(model, unseen, length), of_docs + "trained base model")
    record.corpus |= {
        "documentation": "pydoc_data.topics, each paragraph once",
        "documentation.sha256": tiny.sha256([*texts, *held_out]),
    }
    return model, tokenizer


def _load(record: Record, source: str, settings: Settings, progress: Progress) -> tuple[Any, Any]:
    progress(f"loading {source}")
    try:
        tokenizer = AutoTokenizer.from_pretrained(source)
        model = AutoModelForCausalLM.from_pretrained(source, dtype=torch.float32)
    except Exception as error:  # a foreign checkpoint can fail in any way; the reason belongs in one line
        raise CaptureError(f"model {source!r} cannot be loaded: {_line(error)}") from None
    if tokenizer.eos_token_id is None:
        raise CaptureError(f"model {source!r}: its tokenizer has no end token; choose a causal language model")
    return model, tokenizer


def fitting(model: Any, settings: Settings) -> Settings:
    """The training plans for a foreign model: windows it can read, and rates that fall with its width."""
    config = model.config
    most = getattr(config, "max_position_embeddings", None) or settings.lora.length
    if most < settings.lora.length:
        raise CaptureError(f"{type(model).__name__} reads {most} tokens; {settings.lora.length} are needed to train it")
    scale = min(1.0, WIDTH / config.hidden_size)
    lora, full = (replace(plan, rate=plan.rate * scale) for plan in (settings.lora, settings.full))
    return replace(settings, lora=lora, full=full)


def find_targets(model: torch.nn.Module) -> tuple[str, ...]:
    """The names of the attention projections of this architecture, all of them linear layers."""
    linear = {name.rpartition(".")[2] for name, module in model.named_modules() if isinstance(module, LINEAR)}
    for targets in TARGETS:
        if set(targets) <= linear:
            return targets
    raise CaptureError(
        f"{type(model).__name__} has none of the target modules {' or '.join('/'.join(each) for each in TARGETS)}; "
        f"its linear layers are {', '.join(sorted(linear)) or 'none'}"
    )


def find_layer(model: torch.nn.Module, targets: tuple[str, ...]) -> tuple[str, Any]:
    """The recorded layer: the first target in the last block but one, where features are rich and still change."""
    found = [
        (name.removeprefix("base_model.model."), module)
        for name, module in model.named_modules()
        if name.endswith("." + targets[0]) and isinstance(module, LoraLinear)
    ]
    if not found:
        raise CaptureError(f"no {targets[0]} became a peft.tuners.lora.Linear: the adapter was not injected")
    return found[-2] if len(found) > 1 else found[0]


def check_injected(model: torch.nn.Module, layer: Any) -> None:
    """CaptureError unless peft really injected: adapters train, everything else is frozen, B starts at zero."""
    if not isinstance(model, PeftModel):
        raise CaptureError(f"get_peft_model returned a {type(model).__name__}, not a PeftModel")
    trainable = [name for name, parameter in model.named_parameters() if parameter.requires_grad]
    odd = [name for name in trainable if ".lora_A." not in name and ".lora_B." not in name]
    if not trainable or odd:
        raise CaptureError(f"only the adapter should train, but this does: {', '.join(odd) or 'nothing'}")
    if layer.lora_B["default"].weight.count_nonzero():
        raise CaptureError("B should start at zero and does not; the adapter would change the model at once")


def check_learned(run: tiny.Run) -> None:
    """CaptureError unless the loss of the fine-tune fell: the lecture shows an adapter that learned."""
    few = max(1, len(run.losses) // 10)
    first, last = (statistics.fmean(losses) for losses in (run.losses[:few], run.losses[-few:]))
    if not last < first:
        raise CaptureError(
            f"the adapter learned nothing: loss {first:.2f} at first, {last:.2f} at last; take another model"
        )


def check_better(record: Record) -> None:
    """CaptureError unless both fine-tunes made unseen code less surprising, as the lecture tells."""
    base, lora, full = (float(str(record.values[f"perplexity.{name}"].value)) for name in ("base", "lora", "full"))
    if not (lora < base and full < base):
        said = f"perplexity {base:.1f} became {lora:.1f} with LoRA and {full:.1f} with a full fine-tune"
        raise CaptureError(f"{said}: this model has nothing left to learn from the capture's code; take another")


# Observation


class Logits:
    """Logits of one prompt at its last positions, for every state of the model."""

    def __init__(self, record: Record, model: torch.nn.Module, prompt: Any, tokens: int, positions: int = 4) -> None:
        self.record, self.prompt, self.positions = record, prompt, positions
        self.kept: dict[str, torch.Tensor] = {}
        last = self.of(model)[-1]
        self.columns = torch.arange(len(last))
        if len(last) > tokens:
            self.columns = last.cpu().topk(tokens).indices.sort().values
        record.tensor("logits.tokens", self.columns, "vocabulary ids of the columns of all logits")
        record.tensor("prompt.ids", prompt.input_ids[0], "token ids of text.prompt")

    @torch.no_grad()
    def of(self, model: torch.nn.Module) -> torch.Tensor:
        model.eval()
        return model(**self.prompt).logits[0, -self.positions :].float()

    def keep(self, state: str, model: torch.nn.Module, what: str) -> None:
        self.kept[state] = self.of(model)
        columns = self.columns.to(self.kept[state].device)
        what = f"logits (last positions of the prompt, columns logits.tokens) {what}"
        self.record.tensor(f"logits.{state}", self.kept[state][:, columns], what)

    def gap(self, name: str, one: str, other: str | torch.Tensor, what: str) -> None:
        after = self.kept[other] if isinstance(other, str) else other
        size = (self.kept[one] - after).abs().max().item()
        self.record.value(f"logits.difference_{name}", size, f"largest |difference| of logits: {what}")


class Watch:
    """Follows the adapter of one layer through training, one forward pass, merging and undoing."""

    def __init__(self, record: Record, name: str, layer: Any, settings: Settings) -> None:
        self.record, self.layer, self.settings = record, layer, settings
        self.a, self.b = layer.lora_A["default"], layer.lora_B["default"]
        self.weight = layer.get_base_layer().weight
        self.turned = bool(layer.fan_in_fan_out)
        self.before = self.weight.detach().clone()
        out, into = self._matrix(self.weight).shape
        self.rows, self.columns = _spread(out, settings.sample), _spread(into, settings.sample)
        self.steps = _snapshots(settings.lora.steps, settings.snapshots)
        self.seen: dict[str, list[np.ndarray]] = {}
        record.tensor("sample.rows", self.rows, "output indices (rows of W and B) kept in this trace")
        record.tensor("sample.columns", self.columns, "input indices (columns of W and A) kept in this trace")
        record.tensor("W", self._part(self.weight), "frozen base weight of the recorded layer (out, in)")
        record.tensor("W.singular_values", _singular_values(self.weight), "singular values of all of W, falling")
        record.value("module", name, "the recorded layer")
        record.value("module.repr", repr(layer.get_base_layer()), "the recorded layer as torch prints it")
        record.value("matrix.full", out * into, "entries of W: out * in")
        record.value("matrix.lora", settings.rank * (out + into), "entries of B and A: r * (out + in)")
        record.value("rank", self.a.weight.shape[0], "rank r of the adapter: rows of A, columns of B")
        record.value("alpha", settings.alpha, "lora_alpha")
        record.value("scaling", layer.scaling["default"], "alpha / r, what peft multiplies B A with")

    def step(self, step: int) -> None:
        if step not in self.steps:
            return
        a, b = self.a.weight, self.b.weight
        if a.grad is None or b.grad is None:
            raise CaptureError(f"step {step}: the adapter got no gradient")
        if step == 0 and (a.grad.count_nonzero() or not b.grad.count_nonzero()):
            raise CaptureError("first step: with B at zero, A should get exactly no gradient and B some")
        if step == 0:
            self.first = a.detach().clone()
        delta = self.layer.get_delta_weight("default")
        for key, part in (
            ("A.steps", a[:, self.columns]),
            ("B.steps", b[self.rows]),
            ("A.grad.steps", a.grad[:, self.columns]),
            ("B.grad.steps", b.grad[self.rows]),
            ("delta.steps_norm", torch.linalg.norm(delta)),
        ):
            self.seen.setdefault(key, []).append(part.detach().cpu().numpy().copy())

    def finish(self) -> None:
        what = {
            "A.steps": "A at these steps (T, r, in)",
            "B.steps": "B at these steps (T, out, r)",
            "A.grad.steps": "gradient of A at the same moments, before clipping (T, r, in); the first is zero",
            "B.grad.steps": "gradient of B at the same moments, before clipping (T, out, r)",
            "delta.steps_norm": "Frobenius norm of scaling * B A at these steps (T)",
        }
        self.record.tensor("steps", self.steps, "optimizer steps done at each snapshot (T)", "int64")
        for key, parts in self.seen.items():
            self.record.tensor(key, np.stack(parts), what[key])
        delta = self.layer.get_delta_weight("default").detach()
        self.record.tensor("delta", self._part(delta), "get_delta_weight: scaling * B A after training (out, in)")
        values = _singular_values(delta)
        self.record.tensor("delta.singular_values", values, "singular values of all of delta, falling")
        rank = int((values > values[0] * max(delta.shape) * np.finfo(np.float32).eps).sum())
        if not 0 < rank <= self.settings.rank:
            raise CaptureError(f"the trained delta has rank {rank}, not 1 to {self.settings.rank}")
        self.record.value("rank_measured", rank, "singular values of delta above max(out, in) * eps * the largest")

    @torch.no_grad()
    def hooks(self, model: torch.nn.Module, prompt: Any) -> None:
        """One forward pass of the prompt, seen by hooks on the layer and its three parts."""
        caught: dict[str, torch.Tensor] = {}

        def catch(key: str) -> Callable[..., None]:
            def hook(module: torch.nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
                caught.setdefault("x", inputs[0][0].float().clone())
                caught[key] = output[0].float().clone()

            return hook

        parts = {"base": self.layer.get_base_layer(), "down": self.a, "up": self.b, "out": self.layer}
        handles = [part.register_forward_hook(catch(key)) for key, part in parts.items()]
        try:
            model(**prompt)
        finally:
            for handle in handles:
                handle.remove()
        if missing := parts.keys() - caught.keys():
            raise CaptureError(f"these parts of the LoRA layer did not run: {', '.join(sorted(missing))}")
        up = caught["up"] * self.layer.scaling["default"]
        error = (caught["out"] - caught["base"] - up).abs().max().item()
        if error > 1e-4 * caught["out"].abs().max().item():
            raise CaptureError(f"the layer's output is not W x + scaling * B A x: off by {error:.2g}")
        if (bias := self.layer.get_base_layer().bias) is not None:  # stands beside W x, alike in both
            caught |= {key: caught[key] - bias.float() for key in ("base", "out")}
        keep = self.record.tensor
        keep("x", caught["x"][:, self.columns], "real input of the layer for text.prompt (tokens, in)")
        keep("h.base", caught["base"][:, self.rows], "output of the frozen W, without a bias: W x (tokens, out)")
        keep("h.down", caught["down"], "output of lora_A: A x (tokens, r)")
        keep("h.down.first", caught["x"] @ self.first.T, "A as it was before training, times the same x (tokens, r)")
        keep("h.up", up[:, self.rows], "output of lora_B times scaling: scaling * B A x (tokens, out)")
        keep("h.out", caught["out"][:, self.rows], "output of the whole LoRA layer, without a bias: h.base + h.up")

    @torch.no_grad()
    def merge(self, model: Any) -> None:
        """merge_adapter and unmerge_adapter of the whole model, and what they do to W."""
        delta = self.layer.get_delta_weight("default")
        with self.record.span("merge_adapter", tensors=("W", "delta", "W.merged")):
            model.merge_adapter()
        if not self.layer.merged:
            raise CaptureError("merge_adapter did not merge the recorded layer")
        self.record.tensor("W.merged", self._part(self.weight), "W after merge_adapter (out, in)")
        gap = (self.weight - (self.before + delta)).abs().max().item()
        self.record.value("merge.difference", gap, "largest |W.merged - (W + scaling * B A)|")
        with self.record.span("unmerge_adapter", tensors=("W.merged", "delta", "W.unmerged")):
            model.unmerge_adapter()
        self.record.tensor("W.unmerged", self._part(self.weight), "W after unmerge_adapter (out, in)")
        gap = (self.weight - self.before).abs().max().item()
        self.record.value("unmerge.difference", gap, "largest |W.unmerged - W|: floats are not added back exactly")

    def _matrix(self, weight: torch.Tensor) -> torch.Tensor:
        """As (out, in), however the layer keeps it."""
        return weight.T if self.turned else weight

    def _part(self, weight: torch.Tensor) -> torch.Tensor:
        return self._matrix(weight)[self.rows][:, self.columns]


# Numbers


def _describe(record: Record, model: Any, source: str | None, settings: Settings) -> None:
    config = model.config
    size = sum(parameter.numel() for parameter in model.parameters())
    record.model = {
        "id": "trained on the spot" if source is None else Path(source).name if Path(source).exists() else source,
        "class": type(model).__name__,
        "config": {key: item for key, item in config.to_diff_dict().items() if _plain(item)},
    }
    texts = [*tiny.source(settings.modules), *tiny.source(settings.held_out)]
    record.corpus |= {
        "code": "Python standard library: " + ", ".join(settings.modules),
        "code.held_out": ", ".join(settings.held_out),
        "code.sha256": tiny.sha256(texts),
        "code.characters": sum(map(len, texts)),
    }
    record.value("model.name", record.model["id"], "the model")
    record.value(
        "base.steps", 0 if source else settings.base.steps, "training steps of the base model here; 0: a checkpoint"
    )
    shapes = block_shapes(model)
    record.value("block.modules", list(shapes), "linear layers of one block, in order")
    record.value("block.rows", [rows for rows, _ in shapes.values()], "rows of each: outputs")
    record.value("block.columns", [columns for _, columns in shapes.values()], "columns of each: inputs")
    record.value("parameters.base", size, "parameters of the base model")
    record.value("layers", config.num_hidden_layers, "decoder layers")
    record.value("hidden", config.hidden_size, "width of the residual stream")
    record.value("vocabulary", config.vocab_size, "token ids")
    record.value("target_modules", find_targets(model), "layers that get an adapter, in every block")
    for name in ("lora", "full"):
        plan: tiny.Plan = getattr(settings, name)
        record.value(f"learning_rate.{name}", plan.rate, f"highest learning rate, {name}; AdamW, warm-up, cosine")
    record.value("training.steps", settings.lora.steps, "optimizer steps of both fine-tunes")
    record.value("training.tokens", settings.lora.batch * settings.lora.length, "tokens per step")


def block_shapes(model: torch.nn.Module) -> dict[str, tuple[int, int]]:
    """(out, in) of every linear layer of the first block, by its last name."""
    first = re.compile(r"(?:^|.*\.)(?:layers?|h|blocks?)\.0\.(.*)")
    found: dict[str, tuple[int, int]] = {}
    for name, module in model.named_modules():
        match = first.fullmatch(name)
        if match and isinstance(module, LINEAR):
            out, into = module.weight.shape if isinstance(module, torch.nn.Linear) else module.weight.T.shape
            found[match[1]] = (out, into)
    if not found:
        raise CaptureError(f"{type(model).__name__} has no linear layers in layers.0 or h.0: where are its blocks?")
    return found


def _training(record: Record, name: str, run: tiny.Run, what: str, model: Any) -> None:
    """Losses, and memory measured on real tensors: gradients are in place and AdamW has its state."""
    record.tensor(f"loss.{name}", run.losses, f"loss per step of {what}, nats per token", "float32")
    record.tensor(f"rate.{name}", run.rates, f"learning rate per step of {what}", "float32")
    parameters = list(model.parameters())
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    state = [item for each in run.optimizer.state.values() for item in each.values() if torch.is_tensor(item)]
    for kind, tensors in (("parameters", parameters), ("gradients", gradients), ("optimizer", state)):
        size = sum(tensor.nbytes for tensor in tensors)
        record.value(f"bytes.{kind}.{name}", size, f"sum over all tensors of the model during {what}: {kind}", "B")


def _frozen(record: Record, model: Any) -> None:
    trainable, every = model.get_nb_trainable_parameters()
    adapter = [parameter for parameter in model.parameters() if parameter.requires_grad]
    frozen = [parameter for parameter in model.parameters() if not parameter.requires_grad]
    touched = sum(parameter.grad is not None for parameter in frozen)
    if touched:
        raise CaptureError(f"{touched} frozen parameters have a gradient: the base model was not frozen")
    record.value("parameters.all", every, "parameters with the adapter (get_nb_trainable_parameters)")
    record.value("parameters.trainable", trainable, "parameters of the adapter (get_nb_trainable_parameters)")
    record.value("parameters.trainable_share", trainable / every, "trainable / all parameters")
    record.value("bytes.adapter", sum(each.nbytes for each in adapter), "the adapter's parameters", "B")
    record.value("gradients.adapter_count", sum(each.grad is not None for each in adapter), "A and B with a gradient")
    record.value("gradients.frozen_count", touched, "frozen parameters with a gradient")


@torch.no_grad()
def _timing(record: Record, models: dict[str, Any], ids: torch.Tensor, rounds: int, device: str) -> None:
    """Median forward time; the models take turns, so that other load on the machine meets all alike."""
    wait = torch.cuda.synchronize if device.startswith("cuda") else lambda: None
    taken: dict[str, list[float]] = {name: [] for name in models}
    for place in range(rounds + 5):
        for name, model in models.items():
            model.eval()
            wait()
            begin = time.perf_counter()
            model(input_ids=ids)
            wait()
            if place >= 5:  # warm
                taken[name].append(1000 * (time.perf_counter() - begin))
    for name, times in taken.items():
        what = f"median forward time of text.prompt, {name} model"
        record.value(f"forward_ms.{name}", round(statistics.median(times), 4), what, "ms", measured="time")


def _first_step(record: Record) -> Callable[[str, int], AbstractContextManager[None]]:
    touched = {"backward": ("A.grad.steps", "B.grad.steps"), "optimizer": ("B.steps",)}

    def span(part: str, step: int) -> AbstractContextManager[None]:
        return record.span(part, tid=1, tensors=touched.get(part, ())) if step == 0 else nullcontext()

    return span


@torch.no_grad()
def _write(model: Any, tokenizer: Any, prompt: Any, settings: Settings) -> str:
    model.eval()
    ids = model.generate(
        **prompt, max_new_tokens=settings.written, do_sample=False, pad_token_id=tokenizer.eos_token_id
    )
    return tokenizer.decode(ids[0, prompt.input_ids.shape[1] :], skip_special_tokens=True)


def _saved(model: Any, folder: str) -> int:
    shown = hf_logging.is_progress_bar_enabled()
    hf_logging.disable_progress_bar()
    try:
        model.save_pretrained(folder)
    finally:
        if shown:
            hf_logging.enable_progress_bar()
    return sum(path.stat().st_size for path in Path(folder).glob("*.safetensors"))


def _singular_values(matrix: torch.Tensor) -> np.ndarray:
    """In float64, so that zero singular values show as rounding error and not as more."""
    return torch.linalg.svdvals(matrix.detach().cpu().double()).float().numpy()


def _snapshots(steps: int, count: int) -> list[int]:
    """About `count` steps from 0 to the last, dense at the start, where the adapter changes fastest."""
    for points in range(count, 4 * count):
        places = {0, *np.unique(np.round(np.geomspace(1, steps, points)).astype(int)).tolist()}
        if len(places) >= min(count, steps + 1):
            break
    return sorted(places)


def _spread(length: int, most: int) -> np.ndarray:
    return np.unique(np.linspace(0, length - 1, min(length, most)).round().astype(np.int64))


def _plain(item: Any) -> bool:
    return isinstance(item, int | float | str | bool | None)


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]
