"""只读所需：内存映射与切片 · Reading only what is needed: memory mapping and slices.

环境 Environment: pip install torch transformers==5.23.0 safetensors huggingface_hub
"""

import json
import struct
from pathlib import Path

import torch
from huggingface_hub import hf_hub_download
from safetensors import safe_open
from safetensors.torch import load_file

path = hf_hub_download("sentence-transformers/all-MiniLM-L6-v2", "model.safetensors")
name = "embeddings.word_embeddings.weight"


def resident():
    """Megabytes of this process that are in memory now (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


with open(path, "rb") as file:  # the header alone is enough to know the model
    (size,) = struct.unpack("<Q", file.read(8))
    header = json.loads(file.read(size))
tensors = {key: told for key, told in header.items() if key != "__metadata__"}
read = 8 + size
whole = Path(path).stat().st_size
print(f"header: {len(tensors)} tensors, {read / whole:.2%} of the file's {whole / 1e6:.1f} MB")
print("dtypes:", sorted({told["dtype"] for told in tensors.values()}), "· metadata:", header.get("__metadata__"))
largest = max(tensors, key=lambda key: tensors[key]["data_offsets"][1] - tensors[key]["data_offsets"][0])
print("largest:", largest, tensors[largest]["shape"])

before = resident()
with safe_open(path, framework="pt") as file:
    rows = file.get_slice(name)
    print("shape without reading:", rows.get_shape(), rows.get_dtype())
    some = rows[1000:1004, :8]
    after_slice = resident()
    every = file.get_tensor(name)
    checked = torch.equal(some, every[1000:1004, :8])
print("slice:", tuple(some.shape), "· equal to the same part of the whole:", checked)
print("memory grew by less than 5 MB for the slice:", after_slice - before < 5)

state = load_file(path)
touched = sum(value.sum().item() for value in state.values())  # pages come in as they are touched
print("memory has grown by more than 60 MB after all tensors:", resident() - before > 60)

shards = [slice(rank * 96, (rank + 1) * 96) for rank in range(4)]  # what four ranks of tensor parallelism would read
with safe_open(path, framework="pt") as file:
    parts = [file.get_slice("pooler.dense.weight")[part] for part in shards]
print("each rank:", tuple(parts[0].shape), "· together:", torch.equal(torch.cat(parts), state["pooler.dense.weight"]))
