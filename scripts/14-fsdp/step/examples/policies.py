"""策略：混合精度、前向之后是否释放、卸载 · Policies: mixed precision, resharding after forward, offload.

环境 Environment: pip install torch transformers==5.23.0
两个 CPU 进程，gloo 后端；模型随机初始化 · Two CPU processes over gloo; random weights, nothing is downloaded.
"""

import socket

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, MixedPrecisionPolicy, OffloadPolicy, fully_shard
from torch.profiler import profile
from transformers import LlamaConfig, LlamaForCausalLM

RANKS = 2


def shard(**options):
    torch.manual_seed(0)
    model = LlamaForCausalLM(LlamaConfig(vocab_size=256, hidden_size=64, intermediate_size=128, num_hidden_layers=3,
                                         num_attention_heads=4, num_key_value_heads=2))  # fmt: skip
    mesh = init_device_mesh("cpu", (RANKS,))
    for layer in model.model.layers:
        fully_shard(layer, mesh=mesh, **options)
    fully_shard(model, mesh=mesh, **options)
    assert isinstance(model, FSDPModule)
    return model


def calls(model) -> dict[str, int]:
    """How often one forward and backward pass calls each collective."""
    rows = torch.randint(0, 256, (2, 16))
    with profile() as watch:
        model(input_ids=rows, labels=rows).loss.backward()
    names = [event.name for event in watch.events()]
    return {kind: names.count(f"c10d::_{kind}_base_") for kind in ("allgather", "reduce_scatter")}


def work(rank: int, port: int) -> None:
    dist.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=RANKS)
    say = print if rank == 0 else lambda *words: None

    model = shard(mp_policy=MixedPrecisionPolicy(param_dtype=torch.bfloat16, reduce_dtype=torch.float32))
    seen = {}
    q = model.model.layers[0].self_attn.q_proj
    q.register_forward_pre_hook(lambda module, args: seen.update(weight=module.weight.dtype, x=args[0].dtype))
    say("mixed precision:", calls(model))
    say("  while computing: weight", seen["weight"], "| input", seen["x"])
    say("  on the shard: weight", q.weight.dtype, "| gradient", q.weight.grad.dtype)

    for reshard in (None, True, False):  # None: layers are freed after forward, the root is kept
        say(f"reshard_after_forward={reshard}:", calls(shard(reshard_after_forward=reshard)))

    say("offload_policy by default:", OffloadPolicy())
    dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mp.start_processes(work, args=(port,), nprocs=RANKS, start_method="fork")
