"""吞吐：批次大小与长度分布 · Throughput: batch size and the distribution of lengths.

环境 Environment: pip install torch transformers==5.23.0
"""

import time

import torch
from transformers import AutoModel, AutoTokenizer

torch.set_num_threads(1)
name = "sentence-transformers/all-MiniLM-L6-v2"
tokenizer = AutoTokenizer.from_pretrained(name)
model = AutoModel.from_pretrained(name)
short, long = "the model reads text", "the model reads text " * 20


@torch.inference_mode()
def rows_per_second(texts, size):
    for start in range(0, len(texts), size):
        if start == 0:
            begin = time.perf_counter()
        batch = tokenizer(texts[start : start + size], padding=True, return_tensors="pt")
        model(**batch)
    return len(texts) / (time.perf_counter() - begin)


alike = [short] * 32
mixed = [long if place % 8 == 0 else short for place in range(32)]
rows_per_second(alike, 8)  # warm up
results = {}
for label, texts in (("alike", alike), ("mixed", mixed), ("mixed, sorted", sorted(mixed, key=len))):
    for size in (1, 16):
        results[label, size] = max(rows_per_second(texts, size) for _ in range(3))
print("alike: 16 at a time beats 1:", results["alike", 16] > results["alike", 1])
print("mixed: sorting beats not sorting:", results["mixed, sorted", 16] > results["mixed", 16])
print("mixed lengths gain less from batching than equal ones:",
      results["mixed", 16] / results["mixed", 1] < results["alike", 16] / results["alike", 1])
