"""Unigram：概率最大的切分 · Unigram: the most probable segmentation.

环境 Environment: pip install torch transformers==5.23.0
"""

import json
import math
import pydoc_data.topics

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

documents = [pydoc_data.topics.topics[name] for name in sorted(pydoc_data.topics.topics)]
tokenizer = Tokenizer(models.Unigram())
tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
trainer = trainers.UnigramTrainer(vocab_size=1200, unk_token="<unk>", special_tokens=["<unk>"], show_progress=False)
tokenizer.train_from_iterator(documents[:60], trainer)
scores = dict(json.loads(tokenizer.to_str())["model"]["vocab"])
total = sum(math.exp(score) for piece, score in scores.items() if piece != "<unk>")
print("pieces:", len(scores), "· their probabilities add up to", round(total, 1))


def viterbi(text):
    """Best score of every prefix, and where its last piece begins."""
    best, back = [0.0] + [-math.inf] * len(text), [0] * (len(text) + 1)
    for end in range(1, len(text) + 1):
        for start in range(end):
            score = scores.get(text[start:end])
            if score is not None and best[start] + score > best[end]:
                best[end], back[end] = best[start] + score, start
    pieces, end = [], len(text)
    while end:
        pieces.insert(0, text[back[end] : end])
        end = back[end]
    return pieces, best[-1]


for word in ("▁function", "▁returned", "▁iterators"):
    pieces, score = viterbi(word)
    same = pieces == tokenizer.encode(word.replace("▁", "")).tokens
    letters = sum(scores[letter] for letter in word)
    print(f"{word:11} {len(pieces)} pieces, same as the library: {same}, better than letters: {score > letters}")
