"""练习解答：汇聚时掩码的作用 · Solution: what the mask does in pooling.

环境 Environment: pip install torch transformers==5.23.0
"""

import torch
from torch.nn.functional import cosine_similarity
from transformers import AutoModel, AutoTokenizer

name = "sentence-transformers/all-MiniLM-L6-v2"
tokenizer, model = AutoTokenizer.from_pretrained(name), AutoModel.from_pretrained(name)
short = "A cat sits on the mat."
long = (
    "Interest rates rose again, and the bank said that it would look at prices before it decides what to do next. " * 3
)


@torch.no_grad()
def vectors(texts, masked):
    inputs = tokenizer(texts, padding=True, return_tensors="pt")
    hidden = model(**inputs).last_hidden_state
    mask = inputs["attention_mask"].unsqueeze(-1) if masked else torch.ones_like(hidden[..., :1])
    return (hidden * mask).sum(1) / mask.sum(1), inputs["attention_mask"]


for masked in (True, False):
    alone = vectors([short], masked)[0][0]
    together, mask = vectors([short, long], masked)
    change = cosine_similarity(alone, together[0], dim=0).item()
    to_long = cosine_similarity(together[0], together[1], dim=0).item()
    print(f"mask used: {masked!s:5} · with itself alone {change:.3f} · with the long text {to_long:.3f}")
print("padding in the short row:", f"{1 - mask[0].float().mean().item():.0%}")
