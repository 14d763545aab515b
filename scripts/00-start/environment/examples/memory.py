"""练习解答：训练时每个参数占多少字节 · Solution: bytes per parameter while training.

环境 Environment: pip install torch transformers==5.23.0
"""

import torch
from transformers import LlamaConfig, LlamaForCausalLM, set_seed

config = LlamaConfig(
    vocab_size=1000, hidden_size=128, intermediate_size=256, num_hidden_layers=4, num_attention_heads=4
)


def held(tensors):
    """Bytes of different storages."""
    storages = {each.untyped_storage().data_ptr(): each.untyped_storage().nbytes() for each in tensors}
    return sum(storages.values())


for label, dtype, kind in (
    ("fp32, AdamW", torch.float32, torch.optim.AdamW),
    ("fp32, SGD", torch.float32, torch.optim.SGD),
    ("bf16, AdamW", torch.bfloat16, torch.optim.AdamW),
):
    set_seed(0)
    model = LlamaForCausalLM(config).to(dtype)
    optimizer = kind(model.parameters(), lr=1e-3)
    ids = torch.randint(0, 1000, (2, 32))
    model(input_ids=ids, labels=ids).loss.backward()
    optimizer.step()
    n = sum(weight.numel() for weight in model.parameters())
    states = [each for state in optimizer.state.values() for each in state.values() if torch.is_tensor(each)]
    parts = {
        "weights": held(model.parameters()),
        "gradients": held(weight.grad for weight in model.parameters()),
        "states": held(each for each in states if each.ndim),
    }
    told = " ".join(f"{name} {size / n:.2f}" for name, size in parts.items())
    print(f"{label:12} {told} · together {sum(parts.values()) / n:.2f} bytes per parameter")

print("7 billion parameters with AdamW:")
for label, each in (("fp32", 16), ("bf16 throughout", 8), ("bf16 with fp32 copy and states", 16)):
    print(f"  {label:30} {7e9 * each / 2**30:6.1f} GiB, activations not counted")
for label, each in (("fp32", 4), ("bf16", 2), ("4 bits", 0.5)):
    print(f"  weights alone, {label:15} {7e9 * each / 2**30:6.1f} GiB")
