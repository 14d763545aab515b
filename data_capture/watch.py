"""What one rank holds at every mark of a training step, seen from outside.

`Watch` is a dispatch mode: it sees every operation torch runs, and among them the marks that libraries set for the
profiler (`record_function`) and the collectives (`c10d`). At each it adds up real storages, each counted once:

    parameters   what `parameters()` held before the step: local shards under FSDP, all of it under DDP
    unsharded    plain parameters that FSDP put in place of shards since; a freed storage has 0 bytes
    gradients    `.grad` of both, local shards of DTensors
    optimizer    tensors in the optimizer's state
    buffers      what collectives read and wrote (all-gather, reduce-scatter, DDP's buckets) while it lives and is
                 none of the above; seen from its first collective on

Activations are not counted.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch.distributed.tensor import DTensor
from torch.multiprocessing.reductions import StorageWeakRef
from torch.profiler import record_function
from torch.utils._python_dispatch import TorchDispatchMode

CATEGORIES = ("parameters", "unsharded", "gradients", "optimizer", "buffers")
COLLECTIVES = ("c10d::_allgather_base_", "c10d::_reduce_scatter_base_", "c10d::allreduce_")
MARKS = ("FSDP::", "forward ", "backward ", "Optimizer.step", "step")
SETTLE = 0.05  # seconds; the watched step is not timed
LAYER = re.compile(r"(model\.layers\.\d+)\.")


class Watch(TorchDispatchMode):
    """Takes one reading as each mark begins and ends, and around each collective.

    marks: "begin NAME" or "end NAME" of each reading; memory: bytes per category; alive: bytes of unsharded
    parameters per group, the root first (embedding, last norm, head) and then the layers.
    """

    def __init__(self, model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> None:
        super().__init__()
        self.model, self.optimizer = model, optimizer
        self.own = list(model.parameters())
        found = (LAYER.search(name) for name, _ in model.named_parameters())
        self.groups = ["root", *dict.fromkeys(each.group(1) for each in found if each)]
        self.plain: dict[str, dict[int, torch.Tensor]] = {group: {} for group in self.groups}
        self.buffers: dict[tuple[int, int], StorageWeakRef] = {}
        self.stack: list[str] = []
        self.called = False
        self.marks: list[str] = []
        self.memory: list[list[int]] = []
        self.alive: list[list[int]] = []

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = function.name()
        if name.startswith("profiler::_record_function_enter"):
            self.stack.append(args[0])
            self._read("begin", args[0])
        elif name in COLLECTIVES:
            for tensor in _tensors(args):
                storage = tensor.untyped_storage()
                self.buffers[storage.data_ptr(), storage.nbytes()] = StorageWeakRef(storage)
            self._read("begin", name)
        result = function(*args, **(kwargs or {}))
        if name.startswith("profiler::_record_function_exit"):
            mark = self.stack.pop()
            if self.called:  # gloo's own thread lets go of a buffer a moment after the wait for it is over
                time.sleep(SETTLE)
                self.called = False
            self._read("end", mark)
        elif name in COLLECTIVES:
            self._read("end", name)
            self.called = True
        return result

    @torch.no_grad()
    def _read(self, side: str, name: str) -> None:
        if not name.startswith((*MARKS, *COLLECTIVES)):
            return
        own = {id(parameter) for parameter in self.own}
        for key, parameter in self.model.named_parameters():
            if id(parameter) not in own:
                layer = LAYER.search(key)
                self.plain[layer.group(1) if layer else "root"][id(parameter)] = parameter
        plain = [parameter for group in self.plain.values() for parameter in group.values()]
        state = [item for each in self.optimizer.state.values() for item in each.values() if torch.is_tensor(item)]
        grads = [parameter.grad for parameter in (*self.own, *plain) if parameter.grad is not None]
        counted: set[int] = set()
        memory = [storages(tensors, counted) for tensors in (self.own, plain, grads, state)]
        self.buffers = {key: ref for key, ref in self.buffers.items() if not ref.expired()}
        memory.append(sum(size for pointer, size in self.buffers if pointer not in counted))
        self.marks.append(f"{side} {name}")
        self.memory.append(memory)
        self.alive.append([storages(group.values(), set()) for group in self.plain.values()])


def storages(tensors: Iterable[torch.Tensor], counted: set[int]) -> int:
    """Bytes of the storages behind these tensors, of a DTensor its local shard; each storage counts once."""
    total = 0
    for tensor in tensors:
        local = tensor.to_local() if isinstance(tensor, DTensor) else tensor
        storage = local.untyped_storage()
        if storage.nbytes() and storage.data_ptr() not in counted:
            counted.add(storage.data_ptr())
            total += storage.nbytes()
    return total


def span_layers(model: Any) -> list[Callable[[], None]]:
    """Mark forward and backward of every layer, inside the library's own hooks; returns what takes the marks off.

    Backward runs from the gradient of a layer's output to that of its input. Without FSDP the input of one layer is
    the output of another: then its gradient ends one mark and begins the next.
    """
    open_marks: dict[str, Any] = {}

    def begin(name: str) -> None:
        end("backward")
        open_marks[name.split()[0]] = mark = record_function(name)
        mark.__enter__()

    def end(kind: str, name: str = "") -> None:
        if kind in open_marks and open_marks[kind].name.endswith(name):
            open_marks.pop(kind).__exit__(None, None, None)

    def hooks(layer: Any, name: str) -> list[Callable[[], None]]:
        def before(module: Any, args: Any) -> None:
            if args[0].requires_grad:
                args[0].register_hook(lambda gradient: end("backward", f" {name}"))
            begin(f"forward {name}")

        def inside(module: Any, args: Any, output: Any) -> None:
            end("forward")

        def after(module: Any, args: Any, output: Any) -> None:
            output.register_hook(lambda gradient: begin(f"backward {name}"))

        return [
            layer.register_forward_pre_hook(before).remove,
            layer.register_forward_hook(inside, prepend=True).remove,
            layer.register_forward_hook(after).remove,
        ]

    return [off for place, layer in enumerate(model.model.layers) for off in hooks(layer, f"model.layers.{place}")]


def _tensors(args: Iterable[Any]) -> list[torch.Tensor]:
    flat = [item for each in args for item in (each if isinstance(each, list | tuple) else [each])]
    return [item for item in flat if isinstance(item, torch.Tensor)]
