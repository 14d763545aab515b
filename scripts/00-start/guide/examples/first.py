"""第一个程序：编号进，logits 出 · A first program: ids go in, logits come out.

环境 Environment: pip install torch transformers==5.23.0
模型是随机初始化的小 Llama，无需下载 · The model is a small Llama with random weights: nothing is downloaded.
"""

import torch
from transformers import LlamaConfig, LlamaForCausalLM

torch.manual_seed(0)
config = LlamaConfig(
    vocab_size=100,
    hidden_size=32,
    intermediate_size=64,
    num_hidden_layers=2,
    num_attention_heads=4,
)
model = LlamaForCausalLM(config).eval()
ids = torch.tensor([[5, 17, 42, 8]])

with torch.no_grad():
    logits = model(input_ids=ids).logits

probabilities = logits[0, -1].softmax(dim=-1)
best = probabilities.topk(3)
print("parameters:", model.num_parameters())
print("ids:", tuple(ids.shape), "-> logits:", tuple(logits.shape), logits.dtype)
print("probabilities add up to", round(probabilities.sum().item(), 6))
print("three most likely next ids:", best.indices.tolist())
print("their probabilities:", [round(p, 4) for p in best.values.tolist()])
