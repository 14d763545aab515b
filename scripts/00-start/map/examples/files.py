"""交接的三样文件，不用 transformers 读出 · The three files handed over, read without transformers.

环境 Environment: pip install torch transformers==5.23.0
"""

import json
import struct
from pathlib import Path

import numpy as np
from huggingface_hub import hf_hub_download
from safetensors import safe_open
from tokenizers import Tokenizer

name = "sentence-transformers/all-MiniLM-L6-v2"
config = json.loads(Path(hf_hub_download(name, "config.json")).read_text())
print("config.json:", config["model_type"], config["architectures"], "width", config["hidden_size"])

path = hf_hub_download(name, "model.safetensors")
with open(path, "rb") as file:
    length = struct.unpack("<Q", file.read(8))[0]  # eight bytes: how long the header is
    header = json.loads(file.read(length))
    about = header["embeddings.word_embeddings.weight"]
    begin, end = about["data_offsets"]
    file.seek(8 + length + begin)
    weights = np.frombuffer(file.read(end - begin), dtype=np.float32).reshape(about["shape"])
print("model.safetensors:", len(header) - ("__metadata__" in header), "tensors,", Path(path).stat().st_size, "bytes")
print("one of them:", about["dtype"], about["shape"], "from byte", 8 + length + begin)
with safe_open(path, framework="np") as file:
    same = np.array_equal(file.get_tensor("embeddings.word_embeddings.weight"), weights)
print("read by hand as by the library:", same)

tokenizer = Tokenizer.from_file(hf_hub_download(name, "tokenizer.json"))
print("its file asks for padding to:", tokenizer.padding["length"])
tokenizer.no_padding()
ids = tokenizer.encode("The model turns ids into vectors.").ids
print("tokenizer.json:", ids)
print("rows for them:", weights[ids].shape, "· vocabulary:", tokenizer.get_vocab_size(), "=", weights.shape[0])
