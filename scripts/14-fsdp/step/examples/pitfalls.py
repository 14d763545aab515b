"""陷阱：静默回退、优化器的次序、只包根模块 · Pitfalls: silent fallback, order of the optimizer, only the root.

环境 Environment: pip install torch transformers==5.23.0 accelerate==1.15.0
两个 CPU 进程，gloo 后端；模型随机初始化 · Two CPU processes over gloo; random weights, nothing is downloaded.
"""

import os
import socket

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from accelerate import Accelerator, FullyShardedDataParallelPlugin
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, fully_shard
from transformers import LlamaConfig, LlamaForCausalLM

RANKS = 2
ROWS = torch.arange(32).reshape(2, 16)


def make():
    torch.manual_seed(0)
    return LlamaForCausalLM(LlamaConfig(vocab_size=256, hidden_size=64, intermediate_size=128, num_hidden_layers=2,
                                        num_attention_heads=4, num_key_value_heads=2))  # fmt: skip


def work(rank: int, port: int) -> None:
    os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(RANKS),
                   "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "ACCELERATE_USE_FSDP": "true"}  # fmt: skip
    say = print if rank == 0 else lambda *words: None
    accelerator = Accelerator(cpu=True, fsdp_plugin=FullyShardedDataParallelPlugin(fsdp_version=2))
    prepared = accelerator.prepare(make())
    say("1.", accelerator.distributed_type, "->", type(prepared).__name__, "| FSDP:", isinstance(prepared, FSDPModule))

    mesh = init_device_mesh("cpu", (RANKS,))
    model = make()
    early = torch.optim.AdamW(model.parameters(), lr=1e-3)  # too early: it holds the parameters of before
    fully_shard(model, mesh=mesh)
    before = model.lm_head.weight.to_local().clone()
    model(input_ids=ROWS, labels=ROWS).loss.backward()
    early.step()
    say("2. optimizer before fully_shard: weights changed:", not torch.equal(before, model.lm_head.weight.to_local()))

    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    say("3. clip_grad_norm_ returns a", type(norm).__name__, f"| whole norm {norm.full_tensor():.3f}")

    try:
        model.model.layers[0].self_attn.q_proj(torch.ones(1, 64))
    except RuntimeError as error:
        say("4. a submodule called past the hooks:", str(error).split(",")[0][:72])

    model.set_requires_gradient_sync(False)  # accumulate: no reduce-scatter, gradients stay whole
    model.zero_grad()
    model(input_ids=ROWS, labels=ROWS).loss.backward()
    say("5. without sync, .grad of the shard:", model.lm_head.weight.grad)
    dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mp.start_processes(work, args=(port,), nprocs=RANKS, start_method="fork")
