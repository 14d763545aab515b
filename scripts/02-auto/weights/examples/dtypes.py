"""数据类型：字节、误差与结果 · Data types: bytes, errors, results.

环境 Environment: pip install torch transformers==5.23.0 safetensors
"""

from pathlib import Path

import torch
from transformers import AutoModel, AutoTokenizer

name = "sentence-transformers/all-MiniLM-L6-v2"
tokenizer = AutoTokenizer.from_pretrained(name)
texts = ["The weights are stored in half the bytes.", "A cat sleeps in the sun.", "Numbers lose their last digits."]
inputs = tokenizer(texts, padding=True, return_tensors="pt")


def embed(model):
    with torch.no_grad():
        hidden = model(**inputs).last_hidden_state.float()
    mask = inputs["attention_mask"][..., None]
    return torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=1)


exact = AutoModel.from_pretrained(name, dtype=torch.float32).eval()
reference, count = embed(exact), exact.num_parameters()
matrix = exact.encoder.layer[0].attention.self.query.weight
print("parameters:", count)
for dtype in (torch.float32, torch.bfloat16, torch.float16):
    model = AutoModel.from_pretrained(name, dtype=dtype).eval()
    model.save_pretrained("kept")
    size = Path("kept/model.safetensors").stat().st_size
    error = ((matrix.to(dtype).float() - matrix).abs() / matrix.abs()).max().item()
    least = (reference * embed(model)).sum(1).min().item()
    told = torch.finfo(dtype)
    print(
        f"{str(dtype)[6:]:9} {size / count:.3f} bytes a parameter · rounds by at most {error:.5f} "
        f"(unit {told.eps / 2:.5f}) · largest {told.max:.1e} · least cosine {least:.5f}"
    )

model.save_pretrained("half")  # the last of them: float16
print("loaded again without dtype:", AutoModel.from_pretrained("half").dtype)
print("asked for float32:", AutoModel.from_pretrained("half", dtype=torch.float32).dtype)
big = torch.tensor([70000.0, 1e-9])
print("70000 and 1e-9 in float16:", big.half().tolist(), "in bfloat16:", big.bfloat16().tolist())
