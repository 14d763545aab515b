"""库真正调用了什么：性能分析器看到的名字 · What the library really calls: the names the profiler sees.

环境 Environment: pip install torch transformers==5.23.0
后端是 gloo，只用 CPU，进程都在本机 · The backend is gloo: CPU only, all processes on this machine.
"""

import os
import sys
import tempfile

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch.profiler import ProfilerActivity, profile

WORLD = 4


def work(rank: int, store: str) -> None:
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo0" if sys.platform == "darwin" else "lo")
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=WORLD)
    full, part = torch.ones(8), torch.ones(2)
    calls = {
        "all_reduce": lambda: dist.all_reduce(full.clone()),
        "reduce_scatter_single": lambda: dist.reduce_scatter_single(torch.empty(2), full),
        "all_gather_single": lambda: dist.all_gather_single(torch.empty(8), part),
        "broadcast": lambda: dist.broadcast(full.clone(), src=0),
    }
    if rank == 0:
        print("backend:", dist.get_backend())
    for name, call in calls.items():
        dist.barrier()
        with profile(activities=[ProfilerActivity.CPU]) as watch:
            call()
        events = sorted(watch.events(), key=lambda event: event.time_range.start)
        seen = [event.name for event in events if event.name.startswith(("c10d::", "gloo:"))]
        if rank == 0:
            print(f"{name:22} -> {' -> '.join(seen)}")
    dist.destroy_process_group()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        mp.start_processes(work, args=(f"{folder}/store",), nprocs=WORLD, start_method="fork")
