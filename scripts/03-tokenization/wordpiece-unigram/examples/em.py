"""Unigram 的训练：期望次数、似然、剪枝 · Training Unigram: expected counts, likelihood, pruning.

环境 Environment: pip install tokenizers==0.23.3
"""

import pydoc_data.topics
from collections import Counter
from math import inf, log

documents = [pydoc_data.topics.topics[name] for name in sorted(pydoc_data.topics.topics)]
words = Counter("▁" + word for word in " ".join(documents[:8]).split() if word.isalpha())
letters = {letter for word in words for letter in word}
LONGEST = 8


def spans(word, pieces):
    for end in range(1, len(word) + 1):
        for start in range(max(0, end - LONGEST), end):
            if word[start:end] in pieces:
                yield start, end


def expected(pieces):
    """E step: how often every piece is expected, over all segmentations of all words; and the log likelihood."""
    counts, total = Counter(), 0.0
    for word, times in words.items():
        before, after = [1.0] + [0.0] * len(word), [0.0] * len(word) + [1.0]
        edges = list(spans(word, pieces))
        for start, end in edges:
            before[end] += before[start] * pieces[word[start:end]]
        for start, end in reversed(edges):
            after[start] += pieces[word[start:end]] * after[end]
        for start, end in edges:
            counts[word[start:end]] += times * before[start] * pieces[word[start:end]] * after[end] / before[-1]
        total += times * log(before[-1])
    return counts, total


def best(text, pieces, without=None):
    """Score and pieces of the best segmentation (Viterbi)."""
    found = [(0.0, [])] + [(-inf, [])] * len(text)
    for start, end in spans(text, pieces):
        if text[start:end] != without and found[start][0] + log(pieces[text[start:end]]) > found[end][0]:
            found[end] = (found[start][0] + log(pieces[text[start:end]]), [*found[start][1], text[start:end]])
    return found[-1]


seed = Counter({letter: sum(times * word.count(letter) for word, times in words.items()) for letter in letters})
for word, times in words.items():
    for start, end in {(s, e) for e in range(2, len(word) + 1) for s in range(max(0, e - LONGEST), e - 1)}:
        seed[word[start:end]] += times
seed = {piece: count for piece, count in seed.items() if count >= 5 or piece in letters}
pieces = {piece: count / sum(seed.values()) for piece, count in seed.items()}
print("words:", sum(words.values()), "· different:", len(words), "· pieces to begin with:", len(pieces))

while True:
    told = []
    for _ in range(3):
        counts, total = expected(pieces)
        kept = {piece: max(count, 0.5) for piece, count in counts.items() if count >= 0.5 or piece in letters}
        pieces = {piece: count / sum(kept.values()) for piece, count in kept.items()}  # M step
        told.append(total / sum(words.values()))
    print(f"{len(pieces):5} pieces, log likelihood a word: {' '.join(f'{each:.3f}' for each in told)}")
    if len(pieces) <= 300:
        break
    losses = {piece: counts[piece] * (log(pieces[piece]) - best(piece, pieces, without=piece)[0])
              for piece in pieces if piece not in letters}
    target = max(300, int(0.75 * len(pieces)))
    for piece in sorted(losses, key=losses.get)[: len(pieces) - target]:
        del pieces[piece]
print("probabilities add up to", round(sum(pieces.values()), 6), "· letters kept:", letters <= set(pieces))
for word in ("▁statements", "▁unexpected"):
    score, parts = best(word, pieces)
    print(word, parts, f"log p {score:.1f}")
