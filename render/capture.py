"""A capture as a step of the build: its result is a folder of traces in the store."""

from pathlib import Path

from data_capture.registry import run_capture
from render.apart import Say


def make(folder: Path, deps: dict[str, Path], say: Say, *, trace: str, model: str | None, device: str) -> None:
    """Run the capture with the real library, into `folder`."""
    run_capture(trace, model=model, device=device, root=folder, progress=lambda line: say(line))
