"""合并：把增量加进权重 · Merge: add the update into the weights.

环境 Environment: pip install torch transformers==5.23.0 peft==0.21.2
模型是随机初始化的小 Llama，无需下载 · The model is a small Llama with random weights: nothing is downloaded.
"""

import torch
from peft import LoraConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM

torch.manual_seed(0)
config = LlamaConfig(
    vocab_size=256,
    hidden_size=64,
    intermediate_size=192,
    num_hidden_layers=2,
    num_attention_heads=4,
)
# init_lora_weights=False fills B with random numbers too: a stand-in for a trained adapter.
lora = LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj"], init_lora_weights=False)
model = get_peft_model(LlamaForCausalLM(config), lora).eval()
ids = torch.randint(0, 256, (1, 12))

layer = model.base_model.model.model.layers[0].self_attn.q_proj
w = layer.base_layer.weight.detach().clone()
a, b = layer.lora_A["default"].weight.detach(), layer.lora_B["default"].weight.detach()
by_hand = w + layer.scaling["default"] * (b @ a)
with torch.no_grad():
    beside = model(ids).logits
    merged = model.merge_and_unload(safe_merge=True)  # the merged model is what it returns
    inside = merged(ids).logits

after = merged.model.layers[0].self_attn.q_proj
print("q_proj is now:", after)
print(f"W' - (W + alpha/r B A), largest: {(after.weight - by_hand).abs().max():.1e}")
print(f"W' - W, largest:                 {(after.weight - w).abs().max():.4f}")
print(f"logits, largest difference:      {(beside - inside).abs().max():.1e}")
print("logits allclose (1e-5):", torch.allclose(beside, inside, atol=1e-5))
left = [name for name, _ in merged.named_modules() if "lora" in name]
print("returned model:", type(merged).__name__, "| LoRA modules left:", len(left))
