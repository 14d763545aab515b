"""填充的浪费与按长度分组 · What padding wastes, and grouping by length.

环境 Environment: pip install torch transformers==5.23.0
"""

import pydoc_data.topics
import random
import time

import torch
from transformers import AutoModel, AutoTokenizer

name = "sentence-transformers/all-MiniLM-L6-v2"
tokenizer = AutoTokenizer.from_pretrained(name)
model = AutoModel.from_pretrained(name).eval()
paragraphs = [part for text in pydoc_data.topics.topics.values() for part in text.split("\n\n") if len(part) > 20]
random.seed(0)
texts = random.sample(paragraphs, 512)
ids = tokenizer(texts, truncation=True, max_length=256)["input_ids"]
lengths = [len(row) for row in ids]
print("texts:", len(texts), "· median length:", sorted(lengths)[256], "· longest:", max(lengths))


def by_number(order, size):
    return [order[start : start + size] for start in range(0, len(order), size)]


def by_budget(order, budget):
    """Batches of at most `budget` places, padding included."""
    batches, longest = [[]], 0
    for place in order:
        longest = max(longest, lengths[place])
        if batches[-1] and longest * (len(batches[-1]) + 1) > budget:
            batches.append([])
            longest = lengths[place]
        batches[-1].append(place)
    return batches


def cost(batches):
    """Places computed for every real token: in layers that are linear in length, and in attention."""
    places = sum(len(batch) * max(lengths[i] for i in batch) for batch in batches)
    pairs = sum(len(batch) * max(lengths[i] for i in batch) ** 2 for batch in batches)
    return places / sum(lengths), pairs / sum(length**2 for length in lengths)


shuffled = list(range(512))
grouped = sorted(shuffled, key=lambda place: lengths[place])
megabatches = [place for group in by_number(shuffled, 128) for place in sorted(group, key=lambda i: lengths[i])]
ways = {
    "to 256, batches of 16": None,
    "shuffled, batches of 16": by_number(shuffled, 16),
    "sorted within 128": by_number(megabatches, 16),
    "sorted": by_number(grouped, 16),
    "sorted, 2048 places": by_budget(grouped, 2048),
}
for way, batches in ways.items():
    full = (256 * 512 / sum(lengths), 256**2 * 512 / sum(n * n for n in lengths))
    linear, square = cost(batches) if batches else full
    number = len(batches or ways["sorted"])
    print(f"{way:24} {number:3} batches · {linear:.2f} places and {square:.2f} pairs a real one")


def seconds(batches):
    start = time.process_time()
    for batch in batches:
        with torch.no_grad():
            model(**tokenizer.pad({"input_ids": [ids[place] for place in batch]}, return_tensors="pt"))
    return time.process_time() - start


seconds(ways["sorted"][:2])  # warm up
part = shuffled[:160]
slow, fast = seconds(by_number(part, 16)), seconds(by_number(sorted(part, key=lambda i: lengths[i]), 16))
print("sorted takes less processor time:", fast < slow)
