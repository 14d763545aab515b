"""把 LoRA 注入一个小模型 · Inject LoRA into a small model.

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
base = LlamaForCausalLM(config).eval()
ids = torch.randint(0, 256, (1, 12))
with torch.no_grad():
    before = base(ids).logits

lora = LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM")
model = get_peft_model(base, lora).eval()
with torch.no_grad():
    after = model(ids).logits

model.print_trainable_parameters()
for name, module in model.named_modules():
    if name.endswith("layers.0.self_attn.q_proj"):
        print(name)
        print(module)
for name, parameter in model.named_parameters():
    if parameter.requires_grad and "layers.0" in name:
        print(f"{name.split('layers.0.')[1]:42} {str(tuple(parameter.shape)):9} |max| {parameter.abs().max():.4f}")
print("k_proj:", type(base.model.layers[0].self_attn.k_proj).__name__)
print("output unchanged:", torch.equal(before, after))
