"""DDP 的梯度就是 all-reduce 的平均 · DDP's gradients are an all-reduced mean.

环境 Environment: pip install torch transformers==5.23.0
模型是随机初始化的小 Llama，无需下载 · The model is a small Llama with random weights: nothing is downloaded.
"""

import os
import sys
import tempfile

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch.nn.parallel import DistributedDataParallel
from transformers import LlamaConfig, LlamaForCausalLM

WORLD = 2


def work(rank: int, store: str) -> None:
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo0" if sys.platform == "darwin" else "lo")
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=WORLD)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=256, hidden_size=64, intermediate_size=192, num_hidden_layers=2, num_attention_heads=4
    )
    model = LlamaForCausalLM(config)
    ids = torch.randint(0, 256, (WORLD, 2, 12))[rank]  # each rank takes other rows

    model(input_ids=ids, labels=ids).loss.backward()
    by_hand = [parameter.grad.clone() for parameter in model.parameters()]
    norms = [None] * WORLD
    dist.all_gather_object(norms, round(torch.cat([g.flatten() for g in by_hand]).norm().item(), 3))
    for gradient in by_hand:
        dist.all_reduce(gradient)
        gradient /= WORLD

    model.zero_grad()
    parallel = DistributedDataParallel(model)
    parallel(input_ids=ids, labels=ids).loss.backward()  # all-reduce runs during backward
    gap = max((p.grad - g).abs().max().item() for p, g in zip(model.parameters(), by_hand, strict=True))
    norm = torch.cat([p.grad.flatten() for p in model.parameters()]).norm().item()
    after = [None] * WORLD
    dist.all_gather_object(after, round(norm, 3))
    if rank == 0:
        print("gradient norm per rank, before:   ", norms)
        print("gradient norm per rank, with DDP: ", after)
        print("DDP equals all_reduce / N (1e-6): ", gap < 1e-6)
    del parallel  # it holds the group: let go of it before the group ends
    dist.destroy_process_group()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        mp.start_processes(work, args=(f"{folder}/store",), nprocs=WORLD, start_method="fork")
