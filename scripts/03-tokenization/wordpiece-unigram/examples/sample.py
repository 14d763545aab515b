"""按概率随机切分：子词正则化 · Segmentations drawn at random: subword regularization.

环境 Environment: pip install tokenizers==0.23.3
"""

import random
from collections import Counter
from itertools import combinations
from math import exp, log

from tokenizers import Tokenizer, models

pieces = {"▁": -3.2, "u": -3.0, "n": -2.8, "d": -3.1, "o": -2.9, "nd": -5.1}
pieces |= {"▁un": -3.9, "un": -4.2, "do": -4.6, "▁undo": -7.4}
word = "▁undo"


def segmentations(text):
    """All of them: every choice of cuts whose parts are in the vocabulary."""
    for number in range(len(text)):
        for cuts in combinations(range(1, len(text)), number):
            parts = [text[start:end] for start, end in zip((0, *cuts), (*cuts, len(text)))]
            if all(part in pieces for part in parts):
                yield parts, sum(pieces[part] for part in parts)


every = sorted(segmentations(word), key=lambda found: -found[1])
total = sum(exp(score) for _, score in every)
for parts, score in every[:4]:
    print(f"{' '.join(parts):12} log p {score:6.1f}  share {exp(score) / total:.3f}")
entropy = -sum(exp(score) / total * (score - log(total)) for _, score in every)
print("segmentations:", len(every), "· entropy:", f"{entropy:.2f} nats")


def draw(text, alpha, chance):
    """Forward over prefixes, then backward from the end: a piece in proportion to what lies before it."""
    before = [1.0] + [0.0] * len(text)
    for end in range(1, len(text) + 1):
        before[end] = sum(before[start] * exp(alpha * pieces[text[start:end]])
                          for start in range(end) if text[start:end] in pieces)
    parts, end = [], len(text)
    while end:
        starts = [start for start in range(end) if text[start:end] in pieces]
        weights = [before[start] * exp(alpha * pieces[text[start:end]]) for start in starts]
        start = chance.choices(starts, weights)[0]
        parts.insert(0, text[start:end])
        end = start
    return tuple(parts)


chance = random.Random(0)
drawn = Counter(draw(word, 1.0, chance) for _ in range(20000))
worst = max(abs(drawn[tuple(parts)] / 20000 - exp(score) / total) for parts, score in every)
print("20000 draws, every share within 0.02:", worst < 0.02)
for alpha in (0.0, 0.5, 1.0, 3.0):
    share = sum(draw(word, alpha, chance) == tuple(every[0][0]) for _ in range(5000)) / 5000
    print(f"alpha {alpha}: the best way in {share:.1f} of the draws")

vocabulary = [("<unk>", 0.0), *pieces.items()]
calm = Tokenizer(models.Unigram(vocabulary, unk_id=0))
lively = Tokenizer(models.Unigram(vocabulary, unk_id=0, alpha=0.5))
print("library, one way:", len({tuple(calm.encode(word).tokens) for _ in range(200)}), calm.encode(word).tokens)
print("library with alpha, several ways:", len({tuple(lively.encode(word).tokens) for _ in range(200)}) > 3)
