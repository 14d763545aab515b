"""分片、索引与绑定的权重 · Shards, their index, tied weights.

环境 Environment: pip install torch transformers==5.23.0 safetensors
"""

import json
from pathlib import Path

import torch
from safetensors import safe_open
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

torch.manual_seed(0)
config = LlamaConfig(
    vocab_size=512,
    hidden_size=64,
    intermediate_size=128,
    num_hidden_layers=4,
    num_attention_heads=4,
    tie_word_embeddings=True,
)
model = LlamaForCausalLM(config)
model.save_pretrained("sharded", max_shard_size="400KB")

index = json.loads(Path("sharded/model.safetensors.index.json").read_text())
print("files:", sorted(path.name for path in Path("sharded").glob("*.safetensors")))
print("total_size:", index["metadata"]["total_size"], "· parameters x 4:", model.num_parameters() * 4)
print("lm_head in the index:", any("lm_head" in name for name in index["weight_map"]))
print("tied in memory:", model.lm_head.weight.data_ptr() == model.model.embed_tokens.weight.data_ptr())

name = "model.layers.3.mlp.up_proj.weight"
with safe_open(f"sharded/{index['weight_map'][name]}", framework="pt") as file:
    print("one tensor of one shard:", tuple(file.get_slice(name).get_shape()), file.get_tensor(name).dtype)

again, info = AutoModelForCausalLM.from_pretrained("sharded", output_loading_info=True)
print(
    "missing:",
    sorted(info["missing_keys"]),
    "· tied again:",
    again.lm_head.weight is again.model.embed_tokens.weight,
)
