"""填充、截断与掩码 · Padding, truncation, mask.

环境 Environment: pip install torch transformers==5.23.0
"""

import torch
from transformers import AutoModel, AutoTokenizer

name = "sentence-transformers/all-MiniLM-L6-v2"
tokenizer = AutoTokenizer.from_pretrained(name)
model = AutoModel.from_pretrained(name).eval()
texts = ["Short.", "A sentence that is a little longer."]

for side in ("right", "left"):
    batch = tokenizer(texts, padding=True, padding_side=side, return_tensors="pt")
    print(side, batch["input_ids"][0].tolist(), batch["attention_mask"][0].tolist())

batch = tokenizer(texts, padding=True, return_tensors="pt")
alone = tokenizer(texts[0], return_tensors="pt")
with torch.no_grad():
    one = model(**alone).last_hidden_state[0, 0]
    masked = model(**batch).last_hidden_state[0, 0]
    unmasked = model(input_ids=batch["input_ids"]).last_hidden_state[0, 0]
print("with the mask, as alone:", torch.allclose(one, masked, atol=1e-5))
print(f"without the mask, largest difference: {(one - unmasked).abs().max().item():.2f}")

print(
    "to a multiple of 8:",
    tuple(tokenizer(texts, padding=True, pad_to_multiple_of=8, return_tensors="pt")["input_ids"].shape),
)
cut = tokenizer(texts[1], truncation=True, max_length=6)["input_ids"]
print("cut to 6:", tokenizer.convert_ids_to_tokens(cut))
