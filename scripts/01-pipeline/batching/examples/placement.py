"""设备与数据类型：各由哪个参数决定 · Device and dtype: which argument decides what.

环境 Environment: pip install torch transformers==5.23.0 accelerate==1.15.0
"""

import torch
from transformers import pipeline

name = "sentence-transformers/all-MiniLM-L6-v2"
print("accelerator here:", torch.accelerator.current_accelerator())
print("no device given:", pipeline("feature-extraction", model=name).device)

vectors = {}
for dtype in ("auto", torch.bfloat16, torch.float16):
    embed = pipeline("feature-extraction", model=name, device="cpu", dtype=dtype)
    vectors[dtype] = embed("The tokenizer turns text into ids.", return_tensors=True).float()
    print(f"dtype={dtype!s:15} {embed.dtype!s:15} {embed.model.get_memory_footprint():>9,} bytes")
exact = vectors["auto"]
for dtype in (torch.bfloat16, torch.float16):
    error = (vectors[dtype] - exact).norm() / exact.norm()
    print(f"{dtype!s:15} relative error of the vectors below 3 %: {bool(error < 0.03)}")
closer = (vectors[torch.float16] - exact).norm() < (vectors[torch.bfloat16] - exact).norm()
print("float16 is closer than bfloat16:", bool(closer))

embed = pipeline("feature-extraction", model=name, device_map="auto")
print("device_map='auto', one device: spread", hasattr(embed.model, "hf_device_map"), "· on", embed.device)
spread = {"embeddings": "cpu", "pooler": "cpu"} | {f"encoder.layer.{n}": "cpu" if n < 5 else "disk" for n in range(6)}
folder = {"offload_folder": "offload"}
embed = pipeline("feature-extraction", model=name, device_map=spread, model_kwargs=folder)
print("a map over two places:", sorted(set(embed.model.hf_device_map.values())), "· inputs go to:", embed.device)
same = embed("The tokenizer turns text into ids.", return_tensors=True)
print("same vectors:", torch.allclose(same, exact, atol=1e-5))
print("the dictionary given has now:", sorted(folder))
try:
    pipeline(
        "feature-extraction", model=name, device="cpu", device_map=spread, model_kwargs={"offload_folder": "offload"}
    )
except ValueError as problem:
    print("device and device_map:", type(problem).__name__, "-", str(problem).split(" and therefore")[0])
try:
    pipeline("feature-extraction", model=name, dtype="float32", model_kwargs={"dtype": "bfloat16"})
except ValueError as problem:
    print("dtype twice:", type(problem).__name__)
