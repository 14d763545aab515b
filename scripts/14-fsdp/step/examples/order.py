"""次序：一个训练步里，FSDP 何时收集、计算、释放、归约 · Order: when FSDP gathers, computes, frees and reduces.

环境 Environment: pip install torch transformers==5.23.0
两个 CPU 进程，gloo 后端；模型随机初始化 · Two CPU processes over gloo; random weights, nothing is downloaded.
"""

import socket
from itertools import pairwise

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, fully_shard
from torch.profiler import profile, record_function
from transformers import LlamaConfig, LlamaForCausalLM

RANKS = 2
SHOWN = ("FSDP::all_gather (", "FSDP::backward_prefetch", "FSDP::forward_prefetch", "FSDP::post_forward (",
         "FSDP::post_backward_reshard (", "FSDP::post_backward_reduce (", "forward", "backward")  # fmt: skip


def mark(name: str):
    """A hook that leaves a mark for the profiler."""
    def hook(*_) -> None:
        with record_function(name):
            pass

    return hook


def order(prefetch: bool) -> list[str]:
    """Marks of one step in the order of their start; those about the root are left out."""
    torch.manual_seed(0)
    model = LlamaForCausalLM(LlamaConfig(vocab_size=256, hidden_size=64, intermediate_size=128, num_hidden_layers=3,
                                         num_attention_heads=4, num_key_value_heads=2))  # fmt: skip
    mesh = init_device_mesh("cpu", (RANKS,))
    for number, layer in enumerate(model.model.layers):
        layer.mlp.register_forward_pre_hook(mark(f"forward computes layer {number}"))
        layer.mlp.register_full_backward_pre_hook(mark(f"backward computes layer {number}"))
        fully_shard(layer, mesh=mesh)
    fully_shard(model, mesh=mesh)
    assert isinstance(model, FSDPModule)
    if prefetch:
        for one, following in pairwise(model.model.layers):
            one.set_modules_to_forward_prefetch([following])
    rows = torch.randint(0, 256, (2, 16))
    with profile() as watch:
        model(input_ids=rows, labels=rows).loss.backward()
    events = sorted(watch.events(), key=lambda event: event.time_range.start)
    return [event.name for event in events if event.name.startswith(SHOWN)]


def work(rank: int, port: int) -> None:
    dist.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=RANKS)
    implicit, explicit = order(prefetch=False), order(prefetch=True)
    if rank == 0:
        print("as it is:")
        print(*(f"  {name}" for name in implicit), sep="\n")
        print("after set_modules_to_forward_prefetch, up to the forward pass of the last layer:")
        print(*(f"  {name}" for name in explicit[: explicit.index("forward computes layer 2") + 1]), sep="\n")
    dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mp.start_processes(work, args=(port,), nprocs=RANKS, start_method="fork")
