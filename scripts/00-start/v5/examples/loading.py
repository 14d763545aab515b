"""前后对比：载入的数据类型 · Before and after: the dtype of loading.

环境 Environment: pip install torch transformers==5.23.0
"""

import logging

import torch
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.utils import logging as hf_logging

said = []


class Keep(logging.Handler):
    def emit(self, record):
        said.append(record.getMessage())


hf_logging.get_logger().addHandler(Keep())
name = "Qwen/Qwen3-0.6B"
print("in config.json:", AutoConfig.from_pretrained(name).dtype)
sizes = {}
for label, settings in (
    ("v5, nothing said", {}),
    ("as v4 did", {"dtype": torch.float32}),
    ("old argument", {"torch_dtype": torch.float32}),
):
    said.clear()
    model = AutoModelForCausalLM.from_pretrained(name, **settings)
    sizes[label] = model.get_memory_footprint()
    warned = any("torch_dtype" in each for each in said)
    print(f"{label:18} {str(model.dtype):15} warned of the name: {warned}")
ratio = sizes["as v4 did"] / sizes["v5, nothing said"]
print(f"bytes, as v4 did against v5: {ratio:.2f}")

model = AutoModelForCausalLM.from_pretrained(name)
weight = next(model.parameters())
small = torch.full_like(weight, 1e-4)
print("bf16: share of weights that an update of 1e-4 changes:", end=" ")
changed = ((weight + small) != weight).float().mean().item()
print("less than all" if changed < 1 else "all")
wide = weight.float()
print("fp32: all of them:", ((wide + small.float()) != wide).all().item())
# history: torch_dtype
