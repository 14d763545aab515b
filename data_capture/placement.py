"""Where the parameters of a loaded model lie: in mapped files, on the CPU, on disk between uses."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from data_capture.record import Record
from data_capture.registry import CaptureError

MAPS = Path("/proc/self/maps")


class Present(TorchDispatchMode):
    """Watches which parameters have storage while a model runs, before every operation: `moments` lists the changes."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model = model
        self.moments: list[dict[str, int]] = []  # name -> bytes of those that are not on the meta device

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        present = {name: weight.nbytes for name, weight in self.model.named_parameters() if not weight.is_meta}
        if not self.moments or self.moments[-1].keys() != present.keys():
            self.moments.append(present)
        return func(*args, **(kwargs or {}))


def mapped(model: torch.nn.Module, folder: Path) -> int:
    """Bytes of parameters that lie in memory which the system maps from a file below `folder`."""
    if not MAPS.exists():
        raise CaptureError(f"{MAPS} is not there: what is mapped can be seen on Linux only")
    lines = [line.split(maxsplit=5) for line in MAPS.read_text().splitlines()]
    spans = [line[0].split("-") for line in lines if len(line) == 6 and line[5].startswith(str(folder.resolve()))]
    ranges = [(int(first, 16), int(last, 16)) for first, last in spans]
    inside = {
        weight.data_ptr(): weight.nbytes
        for weight in model.parameters()
        if any(first <= weight.data_ptr() < last for first, last in ranges)
    }
    return sum(inside.values())


def observe(record: Record, load: Callable[..., Any], plain: Any, room: str) -> None:
    """device_map="auto" with too little memory: what stays on the CPU, and what is read from disk when it is needed."""
    with tempfile.TemporaryDirectory() as folder:
        model = load(device_map="auto", max_memory={"cpu": room}, offload_folder=folder)
        placed = getattr(model, "hf_device_map", {})
        if set(placed.values()) != {"cpu", "disk"}:
            raise CaptureError(f"the device map is {placed}: nothing was offloaded to disk")
        record.value("devices.room", room, "max_memory of the CPU")
        record.value("devices.modules", list(placed), "modules of hf_device_map")
        record.value("devices.device", [str(device) for device in placed.values()], "where each was placed")
        weights = dict(plain.named_parameters())  # tied ones once
        sizes = [sum(w.nbytes for name, w in weights.items() if name.startswith(f"{module}.")) for module in placed]
        record.tensor("devices.bytes", sizes, "bytes of the parameters of each, tied ones once", "int64")
        record.value("devices.layer", max(sizes), "bytes of the largest of them", "B")
        on_meta = [name for name, weight in model.named_parameters() if weight.is_meta]
        record.value("devices.meta", on_meta, "parameters that are on the meta device between uses")
        ids = torch.arange(8)[None] % plain.config.vocab_size
        with torch.no_grad():
            with Present(model) as present:
                logits = model(input_ids=ids).logits
            gap = (logits - plain(input_ids=ids).logits).abs().max().item()
        record.value("devices.difference", gap, "largest |difference| of the logits from the model held whole")
        came = [[name for name in now if name in on_meta] for now in present.moments]
        if max(map(len, came)) != 1:
            raise CaptureError(f"{max(map(len, came))} offloaded parameters were there at once, not one at a time")
        record.value("devices.present", [" ".join(names) for names in came], "the offloaded parameter that is there")
        held = [sum(now.values()) for now in present.moments]
        record.tensor("devices.held", held, "bytes of parameters with storage, at each of these moments", "int64")
        record.value("devices.stays", min(held), "bytes of the parameters that stay on the CPU", "B")
        record.value("devices.peak", max(held), "most bytes of parameters with storage at any moment", "B")
        written = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
        record.value(
            "devices.written", written, "bytes written to offload_folder: weights are read from the shards", "B"
        )
