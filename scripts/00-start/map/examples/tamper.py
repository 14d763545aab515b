"""练习解答：篡改 safetensors 的头部 · Solution: tampering with the header of a safetensors file.

环境 Environment: pip install torch transformers==5.23.0
"""

import json
import struct
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file


def written(header, data):
    """A file with this header in front of these bytes."""
    told = json.dumps(header).encode()
    Path("changed.safetensors").write_bytes(struct.pack("<Q", len(told)) + told + data)
    return "changed.safetensors"


save_file({"weight": torch.arange(12, dtype=torch.float32).reshape(3, 4)}, "made.safetensors")
raw = Path("made.safetensors").read_bytes()
length = struct.unpack("<Q", raw[:8])[0]
header, data = json.loads(raw[8 : 8 + length]), raw[8 + length :]
print("header:", header)
again = load_file(written(header, data))["weight"]
print("written again by hand, the same:", again.equal(torch.arange(12.0).view(3, 4)))

other = {"weight": header["weight"] | {"shape": [4, 3]}}
print("another shape of as many numbers:", tuple(load_file(written(other, data))["weight"].shape), "- accepted")

for label, changed, bytes_ in (
    ("a shape with more numbers", {"weight": header["weight"] | {"shape": [5, 4]}}, data),
    ("offsets past the end", {"weight": header["weight"] | {"data_offsets": [0, 4800]}}, data),
    ("half of the data", header, data[:24]),
    ("a hole in the data", {"weight": header["weight"] | {"data_offsets": [8, 56]}}, data + bytes(8)),
):
    try:
        load_file(written(changed, bytes_))
        print(f"{label}: accepted")
    except SafetensorError as problem:
        print(f"{label}: refused, {str(problem).split(':')[-1].strip()[:50]}")
