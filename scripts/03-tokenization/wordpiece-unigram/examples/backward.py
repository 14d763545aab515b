"""练习的解：从右向左的最长匹配 · Solution: the longest match from right to left.

环境 Environment: pip install torch transformers==5.23.0
"""

from transformers import AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("sentence-transformers/all-MiniLM-L6-v2")
vocabulary = tokenizer.get_vocab()


def forward(word):
    pieces, start = [], 0
    while start < len(word):
        ends = range(len(word), start, -1)
        end = next((end for end in ends if ("##" if start else "") + word[start:end] in vocabulary), 0)
        if not end:
            return ["[UNK]"]
        pieces.append(("##" if start else "") + word[start:end])
        start = end
    return pieces


def backward(word):
    pieces, end = [], len(word)
    while end:
        start = next((start for start in range(end) if ("##" if start else "") + word[start:end] in vocabulary), -1)
        if start < 0:
            return ["[UNK]"]
        pieces.insert(0, ("##" if start else "") + word[start:end])
        end = start
    return pieces


def fewest(word):
    """The least number of pieces that any segmentation has: neither direction is bound to reach it."""
    best = [0] + [len(word) + 1] * len(word)
    for end in range(1, len(word) + 1):
        for start in range(end):
            if ("##" if start else "") + word[start:end] in vocabulary:
                best[end] = min(best[end], best[start] + 1)
    return best[-1]


for word in ("undesirable", "unhappiness", "embeddings", "hyperparameters", "unaffable"):
    print(f"{word:16} {' '.join(forward(word)):26} | {' '.join(backward(word)):28} | fewest {fewest(word)}")
words = [word for word in vocabulary if word.isalpha() and word.isascii() and len(word) > 3]
longer = ["re" + word + "ness" for word in words if "re" + word + "ness" not in vocabulary]
one, two = ([cut(word) for word in longer] for cut in (forward, backward))
least = [fewest(word) for word in longer]
differ = sum(a != b for a, b in zip(one, two)) / len(longer)
print("made-up words:", len(longer), f"· the directions differ: {differ:.0%}")
for name, cuts in (("left to right", one), ("right to left", two)):
    print(f"{name}: {sum(map(len, cuts)) / len(cuts):.2f} pieces, "
          f"as few as possible: {sum(len(cut) == n for cut, n in zip(cuts, least)) / len(cuts):.0%}")
