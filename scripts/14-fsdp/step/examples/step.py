"""一个训练步：四个进程的结果与一个进程相同 · One training step: four processes get what one process gets.

环境 Environment: pip install torch transformers==5.23.0
四个 CPU 进程，gloo 后端；模型随机初始化 · Four CPU processes over gloo; random weights, nothing is downloaded.
"""

import socket

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, fully_shard
from transformers import LlamaConfig, LlamaForCausalLM

RANKS, RATE = 4, 1e-3


def make() -> LlamaForCausalLM:
    torch.manual_seed(0)  # the same weights in every process
    return LlamaForCausalLM(LlamaConfig(vocab_size=256, hidden_size=64, intermediate_size=128, num_hidden_layers=2,
                                        num_attention_heads=4, num_key_value_heads=2))  # fmt: skip


def train(model, rows):
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE)  # after fully_shard: it must see the shards
    loss = model(input_ids=rows, labels=rows).loss
    loss.backward()
    optimizer.step()
    return loss.detach(), optimizer


def work(rank: int, port: int) -> None:
    dist.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=RANKS)
    rows = torch.randint(0, 256, (8, 16), generator=torch.Generator().manual_seed(1))
    model, mesh = make(), init_device_mesh("cpu", (RANKS,))
    for layer in model.model.layers:
        fully_shard(layer, mesh=mesh)
    fully_shard(model, mesh=mesh)
    assert isinstance(model, FSDPModule)
    loss, optimizer = train(model, rows.chunk(RANKS)[rank])  # every process has two rows of its own
    dist.all_reduce(loss)

    q = model.model.layers[0].self_attn.q_proj.weight
    whole = {name: p.detach().full_tensor() for name, p in model.named_parameters()}  # a collective: all ranks call it
    if rank == 0:
        state = optimizer.state[q]
        for name, tensor in (("parameter", q), ("gradient", q.grad), ("exp_avg", state["exp_avg"])):
            local = tensor.to_local()
            print(f"{name:10} {type(tensor).__name__} full {tuple(tensor.shape)} local {tuple(local.shape)}")
        alone = make()
        before = {name: p.detach().clone() for name, p in alone.named_parameters()}
        loss_alone, _ = train(alone, rows)
        moved = max((p - before[name]).abs().max().item() for name, p in alone.named_parameters())
        gap = max((p - whole[name]).abs().max().item() for name, p in alone.named_parameters())
        print(f"loss: four processes {loss / RANKS:.4f}, one process {loss_alone:.4f}")
        print(f"one step moves an entry by up to {moved:.4f}")
        print(f"largest difference of a parameter after it: {gap:.1e}")
    dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mp.start_processes(work, args=(port,), nprocs=RANKS, start_method="fork")
