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
for label, texts in (("alike", alike), ("mixed", mixed), ("mixed, sorted", sorted(mixed, key=len))):
    for size in (1, 16):
        best = max(rows_per_second(texts, size) for _ in range(3))
        print(f"{label:14} {size:2} at a time: {1000 / best:5.1f} ms a row")
