"""fsdp/step: one training step of FSDP2 on several ranks, beside a DDP replica and one process alone.

Real processes over gloo, four or as many as are asked for, take the same step several times from the same weights on
the same data:

    profiled   under torch.profiler: the time line, with the library's own marks
    watched    under `watch.Watch`: what each rank holds at every one of these marks
    prefetch   as profiled, after set_modules_to_forward_prefetch on every layer
    ddp        DistributedDataParallel, watched the same way
    alone      rank 0's process steps on the whole batch without a group
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, fully_shard
from torch.distributed.tensor import DTensor, Shard
from torch.nn.parallel import DistributedDataParallel
from torch.profiler import ProfilerActivity, profile, record_function
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

from data_capture.document import one_line
from data_capture.fsdp_trace import keep
from data_capture.ranks import check_group, run_ranks
from data_capture.record import Record
from data_capture.registry import CaptureError, Progress, capture
from data_capture.tolerances import FSDP_STEP
from data_capture.watch import LAYER, Watch, span_layers

KEPT = ("FSDP::", "c10d::", "gloo:", "forward ", "backward ", "Optimizer.step", "step")


def shard(model: torch.nn.Module, ranks: int) -> torch.nn.Module:
    """FSDP2 as its documentation applies it: every layer, then the root."""
    mesh = init_device_mesh("cpu", (ranks,))
    for layer in model.model.layers:  # type: ignore[union-attr]
        fully_shard(layer, mesh=mesh)
    fully_shard(model, mesh=mesh)
    return model


@dataclass(frozen=True)
class Settings:
    """The size of the capture; tests make it small. `wrap` is what distributes the model.

    source: a checkpoint for AutoModelForCausalLM, or None for a small Llama with random weights.
    """

    seed: int = 0
    source: str | None = None
    ranks: int = 4
    layers: int = 4
    hidden: int = 64
    vocabulary: int = 256
    rows: int = 8
    length: int = 16
    rate: float = 1e-3
    limit: float = 150.0
    wrap: Callable[[torch.nn.Module, int], torch.nn.Module] = shard

    def of(self, ranks: int) -> Settings:
        """The same for another number of ranks: two rows to a rank, and sizes that divide into equal shards."""
        hidden = -(-self.hidden // (8 * ranks)) * 8 * ranks
        return replace(
            self, ranks=ranks, rows=2 * ranks, hidden=hidden, vocabulary=-(-self.vocabulary // ranks) * ranks
        )


@capture("fsdp/step", what="one training step of FSDP2 on several ranks, beside DDP", tolerances=FSDP_STEP, ranks=True)
def step(record: Record, model: str | None, device: str, progress: Progress) -> None:
    observe(record, model, device, progress, Settings().of(record.ranks or Settings.ranks))


def observe(record: Record, model: str | None, device: str, progress: Progress, settings: Settings) -> None:
    """The capture at any size. model: a checkpoint for AutoModelForCausalLM whose blocks are `model.layers`."""
    if device != "cpu":
        raise CaptureError(f"{record.name}: runs on CPU processes, not on {device!r}; leave out --device")
    settings = replace(settings, source=model)
    here = Path(__file__)
    record.uses(*(here.with_name(name) for name in ("fsdp.py", "fsdp_trace.py", "ranks.py", "watch.py")))
    record.seed = settings.seed
    progress("model")
    whole = make(settings)
    check_shards(whole, settings.ranks)
    config = whole.config
    settings = replace(settings, vocabulary=config.vocab_size)
    del whole
    name = "small Llama, random weights" if model is None else Path(model).name if Path(model).exists() else model
    record.model = {"id": name, "config": {
        key: getattr(config, key, None)
        for key in ("vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
                    "num_key_value_heads")
    }}  # fmt: skip
    record.corpus = {"data": f"{settings.rows} rows of {settings.length} random token ids from the seed"}
    progress(f"{settings.ranks} processes over gloo")
    seen = run_ranks(work, settings.ranks, settings, limit=settings.limit)
    keep(record, seen, settings.ranks, settings.rate)
    progress("done")


def make(settings: Settings) -> Any:
    """The same weights in every process and for every way to distribute them."""
    torch.manual_seed(settings.seed)
    if settings.source is not None:
        try:
            return AutoModelForCausalLM.from_pretrained(settings.source, dtype=torch.float32)
        except Exception as error:  # a foreign checkpoint can fail in any way; the reason belongs in one line
            raise CaptureError(f"model {settings.source!r} cannot be loaded: {one_line(error)}") from None
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=settings.vocabulary,
            hidden_size=settings.hidden,
            intermediate_size=2 * settings.hidden,
            num_hidden_layers=settings.layers,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=64,
        )
    )


def check_shards(model: torch.nn.Module, ranks: int) -> None:
    """CaptureError unless this model divides into equal shards, layer by layer, as the lecture shows it."""
    kind = type(model).__name__
    names = dict(model.named_parameters())
    layers = {found.group(1) for name in names if (found := LAYER.match(name))}
    if len(layers) < 2 or "model.layers.0.self_attn.q_proj.weight" not in names:
        raise CaptureError(
            f"{kind}: two or more blocks in model.layers, with self_attn.q_proj, are needed; take a Llama"
        )
    if odd := [f"{name} {tuple(each.shape)}" for name, each in names.items() if each.shape[0] % ranks]:
        raise CaptureError(f"{kind}: {odd[0]} does not divide into {ranks} equal shards; choose other --ranks")


def check_sharded(model: torch.nn.Module, ranks: int) -> None:
    """CaptureError unless fully_shard really took the model: FSDPModule, and every parameter a DTensor in Shard(0)."""
    for name, module in model.named_modules():
        if (not name or LAYER.fullmatch(f"{name}.")) and not isinstance(module, FSDPModule):
            raise CaptureError(f"{name or 'the model'} is a {type(module).__name__}, not an FSDPModule: FSDP fell back")
    for name, parameter in model.named_parameters():
        if not isinstance(parameter, DTensor) or parameter.placements != (Shard(0),):
            raise CaptureError(f"{name} is not a DTensor in Shard(0): FSDP fell back")
        if parameter.to_local().numel() * ranks != parameter.numel():
            raise CaptureError(f"{name}: {parameter.to_local().numel()} of {parameter.numel()} entries on a rank")


# In every rank


def work(rank: int, settings: Settings) -> dict[str, Any]:
    """What one rank sees."""
    check_group(settings.ranks)
    torch.manual_seed(settings.seed + 1)
    rows = torch.randint(0, settings.vocabulary, (settings.rows, settings.length))
    mine = rows.chunk(settings.ranks)[rank]
    seen: dict[str, Any] = {"rows": rows.numpy().copy()}

    model, optimizer = _ready(settings, shard=True)
    seen["shapes"] = {name: (tuple(p.shape), tuple(p.to_local().shape)) for name, p in model.named_parameters()}
    seen["events"] = _profiled(model, optimizer, mine)

    model, optimizer = _ready(settings, shard=True)
    watch = Watch(model, optimizer)
    loss = _step(model, optimizer, mine, watch)
    seen |= {"marks": watch.marks, "memory": watch.memory, "alive": watch.alive, "groups": watch.groups}
    check_sharded(model, settings.ranks)
    whole = {name: parameter.detach().full_tensor() for name, parameter in model.named_parameters()}
    total = torch.tensor(loss)
    dist.all_reduce(total)
    seen["loss"], seen["loss.mean"] = loss, total.item() / settings.ranks
    norms = {name: parameter.grad.full_tensor().norm().item() for name, parameter in model.named_parameters()}

    model, optimizer = _ready(settings, shard=True)
    layers = list(model.model.layers)
    for one, following in pairwise(layers):
        one.set_modules_to_forward_prefetch([following])
    seen["prefetch"] = _profiled(model, optimizer, mine)

    replica, optimizer = _ready(settings, shard=False)
    replica = DistributedDataParallel(replica)
    watch = Watch(replica, optimizer)
    _step(replica, optimizer, mine, watch)
    seen |= {"ddp.marks": watch.marks, "ddp.memory": watch.memory}
    copies = dict(replica.module.named_parameters())
    seen["ddp.difference"] = max((copies[name] - whole[name]).abs().max().item() for name in whole)

    if rank == 0:
        alone, optimizer = _ready(settings, shard=False)
        seen["alone.loss"] = _step(alone, optimizer, rows)
        pairs = [(parameter, whole[name]) for name, parameter in alone.named_parameters()]
        seen["alone.difference"] = max((one - other).abs().max().item() for one, other in pairs)
        seen["alone.gradient"] = max(
            abs(parameter.grad.norm().item() - norms[name]) for name, parameter in alone.named_parameters()
        )
    return seen


def _ready(settings: Settings, shard: bool) -> tuple[Any, torch.optim.Optimizer]:
    model = make(settings)
    if shard:
        model = settings.wrap(model, settings.ranks)
        check_sharded(model, settings.ranks)
    return model, torch.optim.AdamW(model.parameters(), lr=settings.rate, foreach=False)


def _step(model: Any, optimizer: torch.optim.Optimizer, rows: torch.Tensor, watch: Any = None) -> float:
    """One training step. Marks: forward and backward of every layer, and the step as a whole."""
    inner = getattr(model, "module", model)
    hooks = span_layers(inner)
    try:
        with watch or nullcontext(), record_function("step"):
            loss = model(input_ids=rows, labels=rows).loss
            loss.backward()
            optimizer.step()
    finally:
        for hook in hooks:
            hook()
    return loss.item()


def _profiled(model: Any, optimizer: torch.optim.Optimizer, rows: torch.Tensor) -> list[dict[str, Any]]:
    """The profiler's events of one step, those with names of layers, FSDP, collectives and the optimizer."""
    dist.barrier()
    with profile(activities=[ProfilerActivity.CPU], record_shapes=True) as watch:
        _step(model, optimizer, rows)
    main = next(event for event in watch.events() or () if event.name == "step")
    found = []
    for event in watch.events() or ():
        if event.name.startswith(KEPT):
            begin = event.time_range.start - main.time_range.start
            shapes = [list(shape) for shape in event.input_shapes if shape] if event.name.startswith("c10d::") else []
            other = event.thread != main.thread
            found.append({"name": event.name, "ts": begin, "dur": event.time_range.elapsed_us(), "tid": int(other),
                          "shapes": shapes})  # fmt: skip
    return sorted(found, key=lambda item: (item["tid"], item["ts"], -item["dur"]))
