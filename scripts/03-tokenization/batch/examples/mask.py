"""掩码怎样进入注意力 · How the mask enters attention.

环境 Environment: pip install torch transformers==5.23.0
"""

import torch
from transformers import AutoModel, AutoTokenizer

name = "sentence-transformers/all-MiniLM-L6-v2"
tokenizer = AutoTokenizer.from_pretrained(name)
model = AutoModel.from_pretrained(name, attn_implementation="eager").eval()
batch = tokenizer(["Short.", "A sentence that is a little longer."], padding=True, return_tensors="pt")
real = batch["attention_mask"][0].bool()

with torch.no_grad():
    output = model(**batch, output_attentions=True, output_hidden_states=True)
weights = output.attentions[0][0]  # heads, queries, keys: the first layer, the short sentence
print("attention:", tuple(weights.shape), "· real tokens:", int(real.sum()))
print("largest weight on padding:", weights[:, :, ~real].max().item())
print("rows add up to one:", torch.allclose(weights.sum(-1), torch.ones(()), atol=1e-5))
print("padding still asks, and gets an answer:", bool(weights[:, ~real].sum() > 0))

layer = model.encoder.layer[0].attention.self
hidden = output.hidden_states[0][0]  # what goes into the first layer
heads, width = model.config.num_attention_heads, model.config.hidden_size // model.config.num_attention_heads
q, k = (part(hidden).view(-1, heads, width).transpose(0, 1) for part in (layer.query, layer.key))
bias = torch.zeros(len(real)).masked_fill(~real, torch.finfo(torch.float32).min)
by_hand = torch.softmax(q @ k.transpose(1, 2) / width**0.5 + bias, -1)
print("by hand:", torch.allclose(by_hand, weights, atol=1e-5))

plain = torch.softmax(q @ k.transpose(1, 2) / width**0.5, -1)
print(f"without the bias, {plain[:, real][:, :, ~real].sum(-1).mean():.0%} of the attention goes to padding")
scaled = plain * real
again = scaled / scaled.sum(-1, keepdim=True)
print("the same as dropping and normalizing again:", torch.allclose(again, weights, atol=1e-5))
