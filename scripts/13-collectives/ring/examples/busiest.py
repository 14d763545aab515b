"""交给一个进程，还是沿着环走：每个进程收发多少字节 · One collects, or a ring: bytes sent and received per rank.

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
COUNT = {"sent": 0, "received": 0}


def send(tensor: torch.Tensor, to: int) -> dist.Work:
    COUNT["sent"] += tensor.nbytes
    return dist.isend(tensor, to)


def receive(like: torch.Tensor, source: int) -> torch.Tensor:
    COUNT["received"] += like.nbytes
    buffer = torch.empty_like(like)
    dist.recv(buffer, source)
    return buffer


def one_collects(tensor: torch.Tensor, rank: int) -> torch.Tensor:
    if rank:
        send(tensor, 0).wait()
        return receive(tensor, 0)
    total = tensor + sum(receive(tensor, source) for source in range(1, WORLD))
    for other in range(1, WORLD):
        send(total, other).wait()
    return total


def ring(tensor: torch.Tensor, rank: int) -> torch.Tensor:
    chunks = tensor.clone().view(WORLD, -1)
    for s in range(2 * (WORLD - 1)):
        adding = s < WORLD - 1  # reduce-scatter first, then all-gather
        out, into = (rank - 1 - s) % WORLD, (rank - 2 - s) % WORLD
        sending = send(chunks[out].clone(), (rank + 1) % WORLD)
        got = receive(chunks[into], (rank - 1) % WORLD)
        sending.wait()
        chunks[into] = chunks[into] + got if adding else got
    return chunks.view(-1)


def work(rank: int, store: str) -> None:
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo0" if sys.platform == "darwin" else "lo")
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=WORLD)
    tensor = torch.full((1 << 20,), rank + 1.0)  # 4 MiB of float32
    for reduce in (one_collects, ring):
        COUNT.update(sent=0, received=0)
        assert (reduce(tensor, rank) == 10).all()  # 1 + 2 + 3 + 4
        counts = [None] * WORLD
        dist.all_gather_object(counts, dict(COUNT))
        if rank == 0:
            for name in COUNT:
                print(f"{reduce.__name__:12} {name:8} MiB:", [count[name] / 2**20 for count in counts])
    dist.destroy_process_group()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        mp.start_processes(work, args=(f"{folder}/store",), nprocs=WORLD, start_method="fork")
