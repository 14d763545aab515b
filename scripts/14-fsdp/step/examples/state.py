"""状态字典：完整的与分片的 · State dicts: full and sharded.

环境 Environment: pip install torch transformers==5.23.0
两个 CPU 进程，gloo 后端；模型随机初始化 · Two CPU processes over gloo; random weights, nothing is downloaded.
"""

import socket
from pathlib import Path

import torch
import torch.distributed as dist
import torch.distributed.checkpoint as dcp
import torch.multiprocessing as mp
from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict, get_state_dict
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, fully_shard
from transformers import LlamaConfig, LlamaForCausalLM

RANKS, NAME = 2, "model.layers.0.self_attn.q_proj.weight"
CONFIG = LlamaConfig(vocab_size=256, hidden_size=64, intermediate_size=128, num_hidden_layers=2,
                     num_attention_heads=4, num_key_value_heads=2)  # fmt: skip


def work(rank: int, port: int) -> None:
    dist.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=RANKS)
    say = print if rank == 0 else lambda *words: None
    torch.manual_seed(0)
    model, mesh = LlamaForCausalLM(CONFIG), init_device_mesh("cpu", (RANKS,))
    for layer in model.model.layers:
        fully_shard(layer, mesh=mesh)
    fully_shard(model, mesh=mesh)
    assert isinstance(model, FSDPModule)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    rows = torch.randint(0, 256, (2, 16))
    model(input_ids=rows, labels=rows).loss.backward()
    optimizer.step()

    # Sharded: every process writes its own part; the usual checkpoint of a running job.
    weights, state = get_state_dict(model, optimizer)
    say("sharded:", type(weights[NAME]).__name__, "local", tuple(weights[NAME].to_local().shape))
    dcp.save({"model": weights, "optimizer": state}, checkpoint_id="checkpoint")
    say("files:", *sorted(path.name for path in Path("checkpoint").iterdir()))

    # Full: rank 0 gets plain tensors, the others nothing; a collective, so that all ranks must call it.
    full = get_model_state_dict(model, options=StateDictOptions(full_state_dict=True, cpu_offload=True))
    sizes = [0] * RANKS
    dist.all_gather_object(sizes, len(full))
    say("full: tensors on each rank", sizes)
    if rank == 0:
        alone = LlamaForCausalLM(CONFIG)
        alone.load_state_dict(full)
        alone.save_pretrained("model")  # config.json and model.safetensors, for anybody to load
        print("saved:", *sorted(path.name for path in Path("model").iterdir()))
        print("q_proj:", type(full[NAME]).__name__, tuple(full[NAME].shape))
    dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mp.start_processes(work, args=(port,), nprocs=RANKS, start_method="fork")
    reader = LlamaForCausalLM.from_pretrained("model")
    back = {"model": LlamaForCausalLM(CONFIG).state_dict()}
    dcp.load(back, checkpoint_id="checkpoint", no_dist=True)  # one process reads what two wrote
    print("both give the same weights:", all(torch.equal(t, back["model"][k]) for k, t in reader.state_dict().items()))
