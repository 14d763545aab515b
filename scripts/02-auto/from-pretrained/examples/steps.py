"""手工走一遍 from_pretrained，每步只用公开接口 · from_pretrained by hand, with public interfaces only.

环境 Environment: pip install torch transformers==5.23.0 safetensors
模型是随机初始化的小 Llama，无需下载 · The model is a small Llama with random weights: nothing is downloaded.
"""

import json
from pathlib import Path

import torch
from safetensors import safe_open
from transformers import AutoConfig, AutoModelForCausalLM, GenerationConfig, LlamaConfig, LlamaForCausalLM
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

torch.manual_seed(0)
small = {"vocab_size": 512, "hidden_size": 64, "intermediate_size": 192, "num_hidden_layers": 4}
made = LlamaForCausalLM(LlamaConfig(num_attention_heads=4, tie_word_embeddings=True, **small)).to(torch.bfloat16)
made.save_pretrained("tiny", max_shard_size="150KB")

folder = Path("tiny")
config = AutoConfig.from_pretrained(folder)
print("1. config:", type(config).__name__, "· model_type", config.model_type, "· dtype", config.dtype)
index = json.loads((folder / "model.safetensors.index.json").read_text())["weight_map"]
print("2. index:", len(index), "weights in", len(set(index.values())), "shards")

with torch.device("meta"):
    model = AutoModelForCausalLM.from_config(config)
weights = list(model.parameters())
print("3. class:", type(model).__name__, "·", len(weights), "tensors, all on meta:", all(w.is_meta for w in weights))

# 4. Every shard is mapped; a slice reads nothing until it is asked for its numbers.
shards = {name: safe_open(folder / name, framework="pt") for name in sorted(set(index.values()))}
slices = {key: shards[file].get_slice(key) for key, file in index.items()}
print("4. still on meta:", sum(weight.is_meta for weight in weights), "· a shape:", slices[min(slices)].get_shape())
for key in sorted(slices):
    module, _, name = key.rpartition(".")
    weight = slices[key][:].to(config.dtype)
    setattr(model.get_submodule(module), name, torch.nn.Parameter(weight))
print("5. still on meta:", [name for name, weight in model.named_parameters() if weight.is_meta])

model.tie_weights()
print("6. tied:", model.lm_head.weight is model.model.embed_tokens.weight)
print("7. buffers in no file:", [name for name, buffer in model.named_buffers() if buffer.is_meta])
model.model.rotary_emb = LlamaRotaryEmbedding(config)  # computed from the configuration, never saved
model.generation_config = GenerationConfig.from_pretrained(folder)
model.eval()

loaded = AutoModelForCausalLM.from_pretrained(folder)
ids = torch.arange(16)[None]
with torch.no_grad():
    print("8. same logits:", torch.equal(model(ids).logits, loaded(ids).logits))
