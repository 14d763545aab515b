"""零样本分类：用推断模型回答，手工核对 · Zero-shot classification: an inference model answers, checked by hand.

环境 Environment: pip install torch transformers==5.23.0
"""

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

name = "facebook/bart-large-mnli"
zero = pipeline("zero-shot-classification", model=name, device="cpu")
text, labels = "The match ended in a draw.", ["sport", "politics", "music"]
one = zero(text, candidate_labels=labels)
many = zero(text, candidate_labels=labels, multi_label=True)
print(
    "one label: scores add up to",
    round(sum(one["scores"]), 4),
    "· several labels:",
    abs(sum(many["scores"]) - 1) > 1e-3,
)
print("forward passes for one text:", len(list(zero.preprocess(text, candidate_labels=labels))))

tokenizer = AutoTokenizer.from_pretrained(name)
model = AutoModelForSequenceClassification.from_pretrained(name).eval()
ids = model.config.label2id
hypotheses = [f"This example is {label}." for label in labels]
inputs = tokenizer([text] * 3, hypotheses, padding=True, return_tensors="pt")
with torch.no_grad():
    logits = model(**inputs).logits
print("logits:", tuple(logits.shape), "· labels of the model:", list(ids))

entailed = logits[:, ids["entailment"]].softmax(0)
against = logits[:, [ids["contradiction"], ids["entailment"]]].softmax(1)[:, 1]
for kind, mine, theirs in (("one label", entailed, one), ("several", against, many)):
    expected = torch.tensor([theirs["scores"][theirs["labels"].index(label)] for label in labels])
    print(f"{kind}: by hand the same:", torch.allclose(mine, expected, atol=1e-4))

other = zero(text, candidate_labels=labels, hypothesis_template="This text is about {}.")
print("another template, other scores:", other["scores"] != one["scores"])
print("a string of labels is split at commas:", zero(text, candidate_labels="sport, politics")["labels"].__len__())
try:
    zero(text, candidate_labels=labels, hypothesis_template="no place for the label")
except ValueError as problem:
    print("a template without a place:", type(problem).__name__)
