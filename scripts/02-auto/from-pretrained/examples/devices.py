"""内存不够：device_map 与磁盘 · Too little memory: device_map and the disk.

环境 Environment: pip install torch transformers==5.23.0 accelerate==1.15.0 safetensors
模型是随机初始化的小 Llama，无需下载 · The model is a small Llama with random weights: nothing is downloaded.
"""

from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM
from transformers.utils import logging

logging.set_verbosity_error()
torch.manual_seed(0)
small = {"vocab_size": 512, "hidden_size": 64, "intermediate_size": 192, "num_hidden_layers": 4}
model = LlamaForCausalLM(LlamaConfig(num_attention_heads=4, tie_word_embeddings=True, **small)).to(torch.bfloat16)
model.save_pretrained("tiny")

whole = AutoModelForCausalLM.from_pretrained("tiny")
sizes = {"embedding": whole.model.embed_tokens, "a layer": whole.model.layers[0]}
for name, module in sizes.items():
    print(f"{name:9} {sum(weight.nbytes for weight in module.parameters()):,} bytes")

room = {"cpu": "300KB"}
split = AutoModelForCausalLM.from_pretrained("tiny", device_map="auto", max_memory=room, offload_folder="offload")
for name, device in split.hf_device_map.items():
    print(f"  {name:20} {device}")
on_meta = [name for name, weight in split.named_parameters() if weight.is_meta]
print("on meta between uses:", len(on_meta), "of", len(list(split.named_parameters())))
ids = torch.arange(16)[None]
with torch.no_grad():
    print("same logits:", torch.equal(split(ids).logits, whole(ids).logits))
print("files in the offload folder:", len(list(Path("offload").rglob("*"))))
try:
    split.to("cpu")
except RuntimeError as problem:
    print("split.to:", str(problem).split(".")[0])

by_hand = AutoModelForCausalLM.from_pretrained("tiny", device_map={"": "cpu"})
print("one device:", by_hand.device, "· has a map:", hasattr(by_hand, "hf_device_map"))
