"""内存与时间怎样测 · How to measure memory and time.

环境 Environment: pip install torch transformers==5.23.0
"""

import torch
from torch.utils.benchmark import Timer
from transformers import LlamaConfig, LlamaForCausalLM

torch.manual_seed(0)
config = LlamaConfig(
    vocab_size=1000, hidden_size=128, intermediate_size=256, num_hidden_layers=4, num_attention_heads=4
)
model = LlamaForCausalLM(config).eval()
for dtype in (torch.float32, torch.bfloat16):
    model.to(dtype)
    parameters = sum(p.numel() for p in model.parameters())
    print(f"{str(dtype):15} {parameters} parameters, {model.get_memory_footprint()} bytes")

model.to(torch.float32)
ids = torch.randint(0, 1000, (1, 64))
timer = Timer("model(ids)", globals={"model": model, "ids": ids}, num_threads=1)
with torch.inference_mode():
    measured = timer.blocked_autorange(min_run_time=0.5)
print("runs of one measurement:", measured.number_per_run >= 1, "· several measurements:", len(measured.times) > 1)
print(f"median {measured.median * 1e3:.2f} ms")
print("spread is reported too:", measured.iqr >= 0)
