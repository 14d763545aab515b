"""新头：缺失的键与随机的权重 · A new head: missing keys and random weights.

环境 Environment: pip install torch transformers==5.23.0
"""

import torch
from transformers import AutoModelForSequenceClassification, set_seed

name = "sentence-transformers/all-MiniLM-L6-v2"


def loaded(seed):
    set_seed(seed)
    return AutoModelForSequenceClassification.from_pretrained(
        name,
        num_labels=3,
        id2label={0: "bad", 1: "fair", 2: "good"},
        label2id={"bad": 0, "fair": 1, "good": 2},
        output_loading_info=True,
    )


model, info = loaded(0)
print("missing:", sorted(info["missing_keys"]))
print("unexpected:", sorted(info["unexpected_keys"]))
print("head:", model.classifier)
other, _ = loaded(1)
print("backbone equal:", torch.equal(model.bert.pooler.dense.weight, other.bert.pooler.dense.weight))
print("heads equal:", torch.equal(model.classifier.weight, other.classifier.weight))
print("labels in the configuration:", model.config.id2label)
