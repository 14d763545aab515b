"""十几行读懂 safetensors · Reading safetensors in a dozen lines.

环境 Environment: pip install torch transformers==5.23.0 safetensors numpy
"""

import json
import struct

import numpy as np
import torch
from safetensors.torch import load_file, save_file

save_file(
    {"a": torch.arange(6, dtype=torch.float32).view(2, 3), "b": torch.ones(4, dtype=torch.bfloat16)},
    "x.safetensors",
)

with open("x.safetensors", "rb") as file:
    (size,) = struct.unpack("<Q", file.read(8))  # eight bytes: length of the header
    header = json.loads(file.read(size))  # then JSON: names, types, shapes, offsets
    data = file.read()  # then the numbers, nothing else
for tensor, told in sorted(header.items()):
    print(tensor, told)
start, end = header["a"]["data_offsets"]
by_hand = np.frombuffer(data[start:end], dtype="<f4").reshape(header["a"]["shape"])
print("read by hand:", by_hand.tolist())
print("same as the library:", np.array_equal(by_hand, load_file("x.safetensors")["a"].numpy()))
print("bytes: 24 + 8 =", len(data))
