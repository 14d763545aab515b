"""WordPiece 的训练：三种打分选出三种合并 · Training WordPiece: three scores choose three merges.

环境 Environment: pip install tokenizers==0.23.3
语料是官方文档的例子 · The corpus is the example of the official documentation.
"""

from collections import Counter
from math import log

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

corpus = {"hug": 10, "pug": 5, "pun": 12, "bun": 4, "hugs": 5}


def counted(words):
    """How often every piece and every pair of neighbours occurs."""
    pieces, pairs = Counter(), Counter()
    for word, parts in words.items():
        for part in parts:
            pieces[part] += corpus[word]
        for pair in zip(parts, parts[1:]):
            pairs[pair] += corpus[word]
    return pieces, pairs


def joined(parts, pair):
    done, place = [], 0
    while place < len(parts):
        if tuple(parts[place : place + 2]) == pair:
            done.append(pair[0] + pair[1].removeprefix("##"))
            place += 2
        else:
            done.append(parts[place])
            place += 1
    return done


def likelihood(words):
    """Of the corpus, if every piece is drawn by itself with the probability that its count gives it."""
    pieces, _ = counted(words)
    total = sum(pieces.values())
    return sum(count * log(count / total) for count in pieces.values())


def gain(words, pair):
    return likelihood({word: joined(parts, pair) for word, parts in words.items()}) - likelihood(words)


start = {word: [word[0], *("##" + letter for letter in word[1:])] for word in corpus}
pieces, pairs = counted(start)
print("pair           count    score  gain of the likelihood")
for (one, two), count in sorted(pairs.items()):
    score = count / (pieces[one] * pieces[two])
    print(f"{one:5} {two:5} {count:8} {score:8.4f} {gain(start, (one, two)):8.2f}")

scores = {
    "count (BPE)": lambda words, pair: counted(words)[1][pair],
    "score": lambda words, pair: counted(words)[1][pair] / (counted(words)[0][pair[0]] * counted(words)[0][pair[1]]),
    "likelihood": gain,
}
for name, score in scores.items():
    words, learned = start, []
    for _ in range(4):
        best = max(sorted(counted(words)[1]), key=lambda pair: score(words, pair))
        words = {word: joined(parts, best) for word, parts in words.items()}
        learned.append(best[0] + best[1].removeprefix("##"))
    print(f"{name:12} {learned}")

library = Tokenizer(models.WordPiece(unk_token="[UNK]"))
library.pre_tokenizer = pre_tokenizers.Whitespace()
library.train_from_iterator([" ".join(word for word, n in corpus.items() for _ in range(n))],
                            trainers.WordPieceTrainer(vocab_size=15, show_progress=False))
print("the library's trainer:", [piece for piece in sorted(library.get_vocab()) if len(piece.removeprefix("##")) > 1])
