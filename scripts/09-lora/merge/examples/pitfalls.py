"""六个陷阱，逐一运行给你看 · Six pitfalls, each of them run.

环境 Environment: pip install torch transformers==5.23.0 peft==0.21.2
模型是随机初始化的小 Llama，无需下载 · The model is a small Llama with random weights: nothing is downloaded.
"""

import tempfile
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM

config = LlamaConfig(vocab_size=64, hidden_size=64, intermediate_size=192, num_hidden_layers=2, num_attention_heads=4)
ids = torch.arange(12)[None]


def make(dtype=torch.float32, **options):
    torch.manual_seed(0)
    lora = LoraConfig(target_modules=["q_proj"], init_lora_weights=False, **options)
    return get_peft_model(LlamaForCausalLM(config).to(dtype).eval(), lora, autocast_adapter_dtype=False)


def q_proj(model):
    return model.base_model.model.model.layers[0].self_attn.q_proj


for rank in (8, 64):
    plain, stable = (q_proj(make(r=rank, lora_alpha=16, use_rslora=on)).scaling["default"] for on in (False, True))
    print(f"1. r={rank}: alpha/r = {plain:.3f}, with use_rslora alpha/sqrt(r) = {stable:.3f}")

model = make(lora_dropout=0.5)  # the base was in eval mode, the new modules are not
print("2. two runs equal:", torch.equal(model(ids).logits, model(ids).logits), end=", ")
model.eval()
print("after model.eval():", torch.equal(model(ids).logits, model(ids).logits))

for dtype in (torch.float32, torch.float16, torch.bfloat16):
    model = make(dtype)
    before = q_proj(model).base_layer.weight.detach().clone()
    model.merge_adapter()
    model.unmerge_adapter()
    gap = (q_proj(model).base_layer.weight - before).abs().max()
    print(f"3. merged and unmerged in {str(dtype):14} W is off by {gap:.1e}")

model = make().train()
model.merge_adapter()
try:
    model(ids, labels=ids).loss.backward()
except RuntimeError as error:
    print("4. training while merged:", error)

model = make()
q_proj(model).lora_B["default"].weight.data[0, 0] = float("nan")
try:
    model.merge_and_unload(safe_merge=True)
except ValueError as error:
    print("5. safe_merge:", error)

model = make()
merged = model.merge_and_unload()
with tempfile.TemporaryDirectory() as folder:
    model.save_pretrained(folder)  # the emptied wrapper, not the returned model
    size = (Path(folder) / "adapter_model.safetensors").stat().st_size
print("6. adapter file saved after merge_and_unload:", size, "bytes")
print("   returned the base object itself:", merged is model.base_model.model)
