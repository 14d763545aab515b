"""前后对比：DDP 与 FSDP 下每个进程持有的字节 · Before and after: bytes each process holds under DDP and FSDP.

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
from torch.nn.parallel import DistributedDataParallel
from transformers import LlamaConfig, LlamaForCausalLM

RANKS = 4


def held(tensors) -> int:
    """Bytes in this process: of a DTensor the local shard."""
    local = [tensor.to_local() if isinstance(tensor, DTensor) else tensor for tensor in tensors]
    return sum(tensor.numel() * tensor.element_size() for tensor in local)


def step(wrap) -> dict[str, int]:
    torch.manual_seed(0)
    config = LlamaConfig(vocab_size=256, hidden_size=64, intermediate_size=128, num_hidden_layers=4,
                         num_attention_heads=4, num_key_value_heads=2)  # fmt: skip
    model = wrap(LlamaForCausalLM(config))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    rows = torch.randint(0, 256, (2, 16))
    model(input_ids=rows, labels=rows).loss.backward()
    optimizer.step()
    return {
        "parameters": held(model.parameters()),
        "gradients": held(p.grad for p in model.parameters()),
        "optimizer": held(t for state in optimizer.state.values() for t in state.values()),
    }


def shard(model):
    mesh = init_device_mesh("cpu", (RANKS,))
    for layer in model.model.layers:
        fully_shard(layer, mesh=mesh)
    fully_shard(model, mesh=mesh)
    assert isinstance(model, FSDPModule)
    return model


def work(rank: int, port: int) -> None:
    dist.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=RANKS)
    before, after = step(DistributedDataParallel), step(shard)
    if rank == 0:
        print(f"{'bytes per process':18}{'DDP':>12}{'FSDP':>12}{'DDP / FSDP':>12}")
        for kind in before:
            print(f"{kind:18}{before[kind]:12,}{after[kind]:12,}{before[kind] / after[kind]:12.3f}")
        one, two = sum(before.values()), sum(after.values())
        print(f"{'together':18}{one:12,}{two:12,}{one / two:12.3f}")
    dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mp.start_processes(work, args=(port,), nprocs=RANKS, start_method="fork")
