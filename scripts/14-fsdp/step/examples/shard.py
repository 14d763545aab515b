"""分片：fully_shard 之后，每个进程持有什么 · Shards: what each process holds after fully_shard.

环境 Environment: pip install torch transformers==5.23.0
四个 CPU 进程，gloo 后端；模型随机初始化 · Four CPU processes over gloo; random weights, nothing is downloaded.
"""

import socket

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, fully_shard
from torch.distributed.tensor import DTensor
from transformers import LlamaConfig, LlamaForCausalLM

RANKS = 4


def work(rank: int, port: int) -> None:
    dist.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=RANKS)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=256,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
    )
    model = LlamaForCausalLM(config)
    before = sum(p.numel() for p in model.parameters())

    mesh = init_device_mesh("cpu", (RANKS,))
    for layer in model.model.layers:  # bottom-up: every layer is a group of its own
        fully_shard(layer, mesh=mesh)
    fully_shard(model, mesh=mesh)  # the root takes what is left: embedding, last norm, head
    assert isinstance(model, FSDPModule), "not sharded: something fell back"

    if rank == 0:
        q = model.model.layers[0].self_attn.q_proj.weight
        assert isinstance(q, DTensor)
        mine = sum(p.to_local().numel() for p in model.parameters())
        print("class of the model:", type(model).__name__, "| of a layer:", type(model.model.layers[0]).__name__)
        shapes = "full", tuple(q.shape), "local", tuple(q.to_local().shape)
        print("q_proj.weight:", type(q).__name__, q.placements, *shapes)
        print(f"parameters: {before:,} in the model, {mine:,} on rank 0 ({before / mine:.0f} ranks share them)")
    for turn in range(RANKS):
        dist.barrier()
        if rank == turn:
            rows = len(model.model.layers[0].self_attn.q_proj.weight.to_local())
            print(f"rank {rank} holds rows {rank * rows:2d} to {(rank + 1) * rows - 1:2d} of q_proj", flush=True)
    dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    with socket.socket() as free:  # a port that nobody uses
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mp.start_processes(work, args=(port,), nprocs=RANKS, start_method="fork")
