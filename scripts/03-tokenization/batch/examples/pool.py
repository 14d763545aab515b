"""练习的解：汇聚时的掩码 · Solution: the mask in pooling.

环境 Environment: pip install torch transformers==5.23.0
"""

import torch
from transformers import AutoModel, AutoTokenizer

name = "sentence-transformers/all-MiniLM-L6-v2"
tokenizer = AutoTokenizer.from_pretrained(name)
model = AutoModel.from_pretrained(name).eval()
texts = ["Cats sleep.", "A cat is asleep on the warm roof of the house across the street.", "Stock prices fell."]


def embed(texts, masked):
    batch = tokenizer(texts, padding=True, return_tensors="pt")
    with torch.no_grad():
        hidden = model(**batch).last_hidden_state
    mask = batch["attention_mask"][..., None].float()
    mean = (hidden * mask).sum(1) / mask.sum(1) if masked else hidden.mean(1)
    return torch.nn.functional.normalize(mean, dim=1)


alone = torch.cat([embed([text], True) for text in texts])
for masked in (True, False):
    together = embed(texts, masked)
    cosine = (together * alone).sum(1)
    print(f"masked {masked!s:5} · cosine with the text alone: {[round(value, 3) for value in cosine.tolist()]}")
    near = together @ together.T
    print(f"    short texts with each other {near[0, 2]:.2f} · cats with the cat {near[0, 1]:.2f}")
