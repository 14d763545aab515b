"""四个进程，四种集合通信 · Four processes, four collectives.

环境 Environment: pip install torch transformers==5.23.0
后端是 gloo，只用 CPU，进程都在本机 · The backend is gloo: CPU only, all processes on this machine.
"""

import os
import sys
import tempfile

import torch
import torch.distributed as dist
import torch.multiprocessing as mp

WORLD = 4


def show(title: str, tensor: torch.Tensor) -> None:
    """Rank 0 prints what every rank holds."""
    held = [None] * WORLD
    dist.all_gather_object(held, tensor.tolist())
    if dist.get_rank() == 0:
        print(title)
        for rank, values in enumerate(held):
            print(f"  rank {rank}: {[int(value) for value in values]}")


def work(rank: int, store: str) -> None:
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo0" if sys.platform == "darwin" else "lo")
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=WORLD)

    # Rank r holds digits times 10**r: a sum shows who is in it.
    own = torch.arange(1.0, 9.0) * 10**rank
    show("before", own)

    total = own.clone()
    dist.all_reduce(total, op=dist.ReduceOp.SUM)
    show("all_reduce: the sum, on every rank", total)

    part = torch.empty(2)
    dist.reduce_scatter_single(part, own)
    show("reduce_scatter_single: one chunk of the sum on each rank", part)

    whole = torch.empty(8)
    dist.all_gather_single(whole, part)
    show("all_gather_single: every chunk, on every rank", whole)
    assert torch.equal(whole, total)  # reduce-scatter, then all-gather: all-reduce

    copy = own.clone()
    dist.broadcast(copy, src=0)
    show("broadcast from rank 0", copy)
    dist.destroy_process_group()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        mp.start_processes(work, args=(f"{folder}/store",), nprocs=WORLD, start_method="fork")
