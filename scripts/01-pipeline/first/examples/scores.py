"""从打分到概率：softmax 与 sigmoid · From scores to probabilities: softmax and sigmoid.

环境 Environment: pip install torch transformers==5.23.0
"""

import torch
from transformers import pipeline

logits = torch.tensor([2.0, 0.5, -1.0])
print("softmax", [round(p, 4) for p in logits.softmax(-1).tolist()], "sum", round(logits.softmax(-1).sum().item(), 4))
print("sigmoid", [round(p, 4) for p in logits.sigmoid().tolist()], "sum", round(logits.sigmoid().sum().item(), 4))
print("softmax ignores a shift:", torch.allclose((logits + 5).softmax(-1), logits.softmax(-1)))

name = "distilbert/distilbert-base-uncased-finetuned-sst-2-english"
classify = pipeline("text-classification", model=name, device="cpu")
text = "This film is a delight."
every = classify(text, top_k=None)
print("top_k=None:", len(every), "labels, adding up to", round(sum(each["score"] for each in every), 4))
print("sorted by score:", every[0]["score"] >= every[1]["score"])
raw = classify(text, top_k=None, function_to_apply="none")
print("function_to_apply='none' gives scores that add up to one:", abs(sum(each["score"] for each in raw) - 1) < 1e-6)
print("two texts give", len(classify([text, "Dull."])), "answers")
