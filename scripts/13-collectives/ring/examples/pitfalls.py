"""常见陷阱，逐个重现 · Common pitfalls, each reproduced.

环境 Environment: pip install torch transformers==5.23.0
后端是 gloo，只用 CPU，进程都在本机 · The backend is gloo: CPU only, all processes on this machine.
"""

import os
import sys
import tempfile
from datetime import timedelta

import torch
import torch.distributed as dist
import torch.multiprocessing as mp

WORLD = 3


def refused(call) -> str:
    """The error of a call, without the time and place that torch puts before it."""
    try:
        call()
    except RuntimeError as error:
        return str(error).strip().splitlines()[0].split("Check failed: ")[-1]
    return "no error"


def work(rank: int, store: str) -> None:
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo0" if sys.platform == "darwin" else "lo")
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=WORLD)
    say = print if rank == 0 else lambda *_: None

    loss = torch.tensor([1.0 + rank])
    dist.all_reduce(loss)
    mean = torch.tensor([1.0 + rank])
    dist.all_reduce(mean, op=dist.ReduceOp.AVG)
    say("1. losses 1, 2, 3: all_reduce gives", loss.item(), "and with ReduceOp.AVG", mean.item())

    part, odd = torch.empty(1), torch.ones(4)  # 4 elements cannot be cut into 3 chunks
    say("2. reduce_scatter_single of 4 elements:", refused(lambda: dist.reduce_scatter_single(part, odd)))

    pending = torch.ones(1)
    handle = dist.all_reduce(pending, async_op=True)
    handle.wait()  # before wait() returns, the tensor may hold anything
    say("3. async_op=True returns", type(handle).__name__, "and after wait() the tensor is", pending.item())

    numbers = [1e8, 1.0, -1e8]
    mine = torch.tensor([numbers[rank]])
    dist.all_reduce(mine)
    a, b, c = torch.tensor(numbers)
    say("4. float32: (a + b) + c =", ((a + b) + c).item(), "and (a + c) + b =", ((a + c) + b).item())
    say("   all_reduce of a, b, c takes one of these orders:", mine.item() in (0.0, 1.0))

    group = dist.new_group([0, 1])  # every rank must call new_group, members or not
    ones = torch.ones(1)
    dist.all_reduce(ones, group=group)
    held = [None] * WORLD
    dist.all_gather_object(held, ones.item())
    say("5. all_reduce in a group of ranks 0 and 1:", held)

    if rank == 0:  # the others never call it
        barrier = refused(lambda: dist.monitored_barrier(timeout=timedelta(seconds=2)))
        say("6. a collective that others leave out:", barrier)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        mp.start_processes(work, args=(f"{folder}/store",), nprocs=WORLD, start_method="fork")
