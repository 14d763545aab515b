"""用 isend 与 irecv 写一个环形 all-reduce · A ring all-reduce of isend and irecv.

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


def step(chunks: torch.Tensor, out: int, into: int, add: bool) -> int:
    """Send chunk `out` to the next rank while chunk `into` comes from the one before; returns bytes sent."""
    right, left = (dist.get_rank() + 1) % WORLD, (dist.get_rank() - 1) % WORLD
    buffer = torch.empty_like(chunks[into])
    sent = dist.isend(chunks[out].clone(), right)
    got = dist.irecv(buffer, left)
    sent.wait(), got.wait()
    chunks[into] = chunks[into] + buffer if add else buffer
    return buffer.nbytes


def ring_all_reduce(tensor: torch.Tensor) -> tuple[int, list[list[int]]]:
    """In place. Returns the bytes this rank sent, and the first number of each chunk after every step."""
    rank, chunks, sent = dist.get_rank(), tensor.view(WORLD, -1), 0
    history = [chunks[:, 0].int().tolist()]
    for s in range(WORLD - 1):  # reduce-scatter: partial sums travel and grow
        sent += step(chunks, (rank - 1 - s) % WORLD, (rank - 2 - s) % WORLD, add=True)
        history.append(chunks[:, 0].int().tolist())
    for s in range(WORLD - 1):  # all-gather: finished chunks travel
        sent += step(chunks, (rank - s) % WORLD, (rank - 1 - s) % WORLD, add=False)
        history.append(chunks[:, 0].int().tolist())
    return sent, history


def work(rank: int, store: str) -> None:
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo0" if sys.platform == "darwin" else "lo")
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=WORLD)
    own = torch.arange(1.0, 9.0) * 10**rank
    mine, theirs = own.clone(), own.clone()
    sent, history = ring_all_reduce(mine)
    dist.all_reduce(theirs)

    seen = [None] * WORLD
    dist.all_gather_object(seen, (sent, history, torch.equal(mine, theirs)))
    if rank == 0:
        for s in range(len(history)):
            print(f"after step {s}: " + "  ".join(f"{steps[s]}" for _, steps, _ in seen))
        print("bytes sent per rank:", [sent for sent, _, _ in seen])
        print("2 (N - 1) / N x tensor:", 2 * (WORLD - 1) / WORLD * own.nbytes)
        print("equal to dist.all_reduce:", all(equal for _, _, equal in seen))
    dist.destroy_process_group()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        mp.start_processes(work, args=(f"{folder}/store",), nprocs=WORLD, start_method="fork")
