"""二十行写出 BPE 的训练，与库逐条对照 · BPE training in twenty lines, compared with the library merge by merge.

环境 Environment: pip install transformers==5.23.0 tokenizers==0.23.3
语料是 Python 自带的《Python 之禅》· The corpus is the Zen of Python, which every Python carries.
"""

import json
from collections import Counter
from contextlib import redirect_stdout
from io import StringIO
from itertools import pairwise

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

with redirect_stdout(StringIO()) as zen:
    import this  # noqa: F401  (prints the text)
corpus = zen.getvalue()
bytelevel = pre_tokenizers.ByteLevel(add_prefix_space=False)
words = Counter(word for word, _ in bytelevel.pre_tokenize_str(corpus))
split = {word: list(word) for word in words}


def count_pairs():
    counts = Counter()
    for word, times in words.items():
        for pair in pairwise(split[word]):
            counts[pair] += times
    return counts


def merge(pieces, pair):
    out, at = [], 0
    while at < len(pieces):
        width = 2 if tuple(pieces[at : at + 2]) == pair else 1
        out.append("".join(pieces[at : at + width]))
        at += width
    return out


# the library learns the same corpus
tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = bytelevel
alphabet = pre_tokenizers.ByteLevel.alphabet()
tokenizer.train_from_iterator([corpus], trainers.BpeTrainer(vocab_size=256 + 40, initial_alphabet=alphabet,
                                                            show_progress=False))
learned = [tuple(pair) for pair in json.loads(tokenizer.to_str())["model"]["merges"]]

print("characters:", len(corpus), " words:", sum(words.values()), " different:", len(words))
for step, pair in enumerate(learned):
    counts = count_pairs()
    most = max(counts.values())
    if step < 6:
        tokens = sum(len(pieces) * words[word] for word, pieces in split.items())
        print(f"{step + 1}. {pair!s:14} stands {counts[pair]:3} times, the most is {most:3}; tokens before: {tokens}")
    assert counts[pair] == most, "the library always takes a most frequent pair"
    split = {word: merge(pieces, pair) for word, pieces in split.items()}
print("merges compared:", len(learned))
tokens = [piece for word, _ in bytelevel.pre_tokenize_str(corpus) for piece in split[word]]
print("the same tokens in the end:", tokens == tokenizer.encode(corpus).tokens, len(tokens))
