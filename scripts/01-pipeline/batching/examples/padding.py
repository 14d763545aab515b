"""批次里的填充有多浪费 · How much of a batch is padding.

环境 Environment: pip install torch transformers==5.23.0
"""

import random

from transformers import AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("sentence-transformers/all-MiniLM-L6-v2")
random.seed(0)
texts = ["the model reads text " * random.choice([1, 2, 3, 20]) for _ in range(256)]


def share(rows, size):
    """Positions that hold a token, of all positions computed."""
    real = computed = 0
    for start in range(0, len(rows), size):
        mask = tokenizer(rows[start : start + size], padding=True, return_tensors="pt")["attention_mask"]
        real += mask.sum().item()
        computed += mask.numel()
    return real / computed


by_length = sorted(texts, key=len)
print("batch size   as they come   sorted by length")
for size in (1, 8, 32, 64):
    print(f"{size:10}   {share(texts, size):12.1%}   {share(by_length, size):16.1%}")
