"""练习解答：按词元总数组批，结果还原次序 · Solution: batches by number of tokens, answers back in order.

环境 Environment: pip install torch transformers==5.23.0
"""

import random

import torch
from transformers import AutoTokenizer, pipeline

name = "sentence-transformers/all-MiniLM-L6-v2"
tokenizer = AutoTokenizer.from_pretrained(name)
random.seed(0)
texts = ["the model reads text " * random.choice([1, 2, 3, 20]) for _ in range(64)]
lengths = [len(ids) for ids in tokenizer(texts)["input_ids"]]


def buckets(lengths, budget):
    """Places in batches whose size times the longest row stays within the budget of tokens."""
    batch = []
    for place in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[place] > budget:
            yield batch
            batch = []
        batch.append(place)
    yield batch


def share(batches):
    """Positions that hold a token, of all positions computed."""
    return sum(lengths) / sum(len(batch) * max(lengths[place] for place in batch) for batch in batches)


by_tokens = list(buckets(lengths, 512))
as_they_come = [list(range(start, start + 16)) for start in range(0, 64, 16)]
print("16 at a time, as they come: used", f"{share(as_they_come):.1%}")
print("at most 512 tokens: used", f"{share(by_tokens):.1%}", "· sizes:", [len(batch) for batch in by_tokens])
print("largest batch in tokens:", max(len(batch) * max(lengths[place] for place in batch) for batch in by_tokens))

embed = pipeline("feature-extraction", model=name, device="cpu")
found = [None] * len(texts)
for batch in by_tokens:
    answers = embed([texts[place] for place in batch], batch_size=len(batch), return_tensors=True)
    for place, answer in zip(batch, answers, strict=True):
        found[place] = answer[0, 0]
alone = [embed(texts[place], return_tensors=True)[0, 0] for place in (0, 7, 63)]
same = all(torch.allclose(one, found[place], atol=1e-5) for one, place in zip(alone, (0, 7, 63), strict=True))
print("every text answered:", None not in [type(each) for each in found] and len(found) == 64, "· in its place:", same)
