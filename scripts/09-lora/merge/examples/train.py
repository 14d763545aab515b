"""训练几步，看梯度流向哪里 · Train a few steps and see where gradients go.

环境 Environment: pip install torch transformers==5.23.0 peft==0.21.2
模型是随机初始化的小 Llama，无需下载 · The model is a small Llama with random weights: nothing is downloaded.
"""

import torch
from peft import LoraConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM

torch.manual_seed(0)
config = LlamaConfig(
    vocab_size=64,
    hidden_size=64,
    intermediate_size=192,
    num_hidden_layers=2,
    num_attention_heads=4,
)
lora = LoraConfig(r=8, lora_alpha=16, target_modules="all-linear", task_type="CAUSAL_LM")
model = get_peft_model(LlamaForCausalLM(config), lora)
layer = model.base_model.model.model.layers[0].self_attn.q_proj
a, b, w = layer.lora_A["default"].weight, layer.lora_B["default"].weight, layer.base_layer.weight
frozen = w.detach().clone()

ids = torch.arange(32).repeat(8, 1) + torch.arange(8)[:, None]  # rows that count upwards
trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
optimizer = torch.optim.AdamW(trainable, lr=1e-2)
print("step    loss  |grad A|  |grad B|")
for step in range(31):
    loss = model(input_ids=ids, labels=ids).loss
    optimizer.zero_grad()
    loss.backward()
    if step in (0, 1, 2, 10, 20, 30):
        print(f"{step:4}  {loss.item():6.3f}  {a.grad.norm():8.5f}  {b.grad.norm():8.5f}")
    optimizer.step()

with_gradient = [name for name, parameter in model.named_parameters() if parameter.grad is not None]
print("tensors with a gradient:", len(with_gradient), "of", len(list(model.parameters())))
print("all of them A or B:", all("lora_A" in name or "lora_B" in name for name in with_gradient))
print("W unchanged:", torch.equal(w, frozen))
