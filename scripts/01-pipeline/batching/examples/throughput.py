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
def seconds(texts, size):
    """Time for all texts, and how many positions were computed."""
    begin, positions = time.perf_counter(), 0
    for start in range(0, len(texts), size):
        batch = tokenizer(texts[start : start + size], padding=True, return_tensors="pt")
        positions += batch["input_ids"].numel()
        model(**batch)
    return time.perf_counter() - begin, positions


alike = [short] * 32
mixed = [long if place % 8 == 0 else short for place in range(32)]
seconds(alike, 8)  # warm up
for label, texts in (("alike", alike), ("mixed", mixed), ("mixed, sorted", sorted(mixed, key=len))):
    for size in (1, 16):
        best, positions = min(seconds(texts, size) for _ in range(3))
        print(f"{label:14} {size:2} at a time: {positions:4} positions, {1000 * best / len(texts):5.1f} ms a row")
