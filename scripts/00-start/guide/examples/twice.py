"""前后对比：同一段训练跑两次 · Before and after: one training, twice.

环境 Environment: pip install torch transformers==5.23.0
"""

import torch
from transformers import LlamaConfig, LlamaForCausalLM, set_seed

config = LlamaConfig(vocab_size=64, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4)


def train(seed=None, dtype=torch.float32, steps=60):
    """Losses of a small model that learns to count in steps of one to four."""
    if seed is not None:
        set_seed(seed)
    model = LlamaForCausalLM(config).to(dtype)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    losses = []
    for _ in range(steps):
        start, step = torch.randint(0, 64, (8, 1)), torch.randint(1, 5, (8, 1))
        rows = (start + step * torch.arange(16)) % 64
        loss = model(input_ids=rows, labels=rows).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return torch.tensor(losses)


first, second = train(seed=0), train(seed=0)
unseeded = train(), train()
other = train(seed=1)
half = train(seed=0, dtype=torch.bfloat16)
print(
    f"loss at the start {first[0]:.2f} (ln 64 = {torch.tensor(64.0).log():.2f}) · at the end below 2.5:",
    bool(first[-1] < 2.5),
)
print("same seed, every step the same bits:", torch.equal(first, second))
print("no seed, the same:", torch.equal(*unseeded))
close = bool(abs(other[0] - first[0]) < 0.3)
print("another seed: same start within 0.3:", close, "· same losses:", torch.equal(other, first))
close = bool(abs(half[0] - first[0]) < 0.02)
print("bf16 weights: first step within 0.02:", close, "· same losses:", torch.equal(half, first))
print("at the end apart by more than 0.001: seeds", bool(abs(other[-1] - first[-1]) > 1e-3), end="")
print(" · dtypes", bool(abs(half[-1] - first[-1]) > 1e-3))
