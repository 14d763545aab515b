"""保存、载入、核对 · Save, load, compare.

环境 Environment: pip install torch transformers==5.23.0
"""

import json
from pathlib import Path

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer, set_seed

set_seed(0)
name = "sentence-transformers/all-MiniLM-L6-v2"
tokenizer = AutoTokenizer.from_pretrained(name)
model = AutoModelForSequenceClassification.from_pretrained(name, num_labels=2, dtype=torch.bfloat16).eval()

model.save_pretrained("mine")
tokenizer.save_pretrained("mine")
for path in sorted(Path("mine").iterdir()):
    print(f"{path.name:24} {'small' if path.stat().st_size < 10_000 else 'large'}")
written = json.loads(Path("mine/config.json").read_text())
print("config says:", written["architectures"], written["dtype"], written["transformers_version"])

again = AutoModelForSequenceClassification.from_pretrained("mine").eval()
print("dtype kept:", again.dtype)
print(
    "weights equal:",
    all(torch.equal(one, two) for one, two in zip(model.state_dict().values(), again.state_dict().values())),
)
inputs = tokenizer("Round trip", return_tensors="pt")
with torch.no_grad():
    print("outputs equal:", torch.equal(model(**inputs).logits, again(**inputs).logits))
print("tokenizer equal:", AutoTokenizer.from_pretrained("mine")("Round trip") == tokenizer("Round trip"))
