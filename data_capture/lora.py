"""lora/merge: LoRA in real peft, from injection over training to merging and undoing.

A small Llama learns Python's documentation, then LoRA adapts it to a new domain, Python source code; a full
fine-tune of the same start on the same data stands beside it. Everything is observed from outside: forward hooks,
`.grad`, optimizer state, and the public API of peft.
"""

from __future__ import annotations

import copy
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from peft.tuners.lora import Linear as LoraLinear
from transformers.utils import logging as hf_logging

from data_capture import tiny
from data_capture.document import Event, one_line
from data_capture.lora_models import (
    TARGETS,
    check_injected,
    describe,
    find_layer,
    find_targets,
    fitting,
    load_base,
    make_base,
)
from data_capture.lora_settings import Settings
from data_capture.lora_watch import Logits, Watch
from data_capture.record import Record
from data_capture.registry import CaptureError, Progress, capture
from data_capture.tolerances import LORA_MERGE

OF_CODE = "perplexity per token on held-out Python source: "


@capture("lora/merge", what="LoRA in peft: injection, training, merging and undoing", tolerances=LORA_MERGE)
def merge(record: Record, model: str | None, device: str, progress: Progress) -> None:
    observe(record, model, device, progress, Settings())


def observe(record: Record, source: str | None, device: str, progress: Progress, settings: Settings) -> None:
    """The capture at any size. source: a checkpoint for AutoModelForCausalLM, or None for the small Llama."""
    here = Path(__file__)
    record.uses(here, *(here.with_name(f"lora_{part}.py") for part in ("models", "settings", "watch")))
    record.uses(here.with_name("tiny.py"))
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
            f"device {device!r} cannot be used here ({one_line(error)}); use --device cpu or a machine that has it"
        ) from None


def _observe(record: Record, source: str | None, device: str, progress: Progress, settings: Settings) -> None:
    base, tokenizer = load_base(record, source, settings, progress) if source else make_base(record, settings, progress)
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
    describe(record, base, source, settings)

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
