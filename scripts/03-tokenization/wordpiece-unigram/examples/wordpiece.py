"""WordPiece：最长匹配 · WordPiece: the longest match first.

环境 Environment: pip install torch transformers==5.23.0
"""

from transformers import AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("sentence-transformers/all-MiniLM-L6-v2")
vocabulary = tokenizer.get_vocab()


def wordpiece(word):
    """Take the longest piece that is in the vocabulary, then go on behind it."""
    pieces, start = [], 0
    while start < len(word):
        for end in range(len(word), start, -1):
            piece = ("##" if start else "") + word[start:end]
            if piece in vocabulary:
                pieces.append(piece)
                start = end
                break
        else:
            return ["[UNK]"]
    return pieces


words = "tokenization unaffable transformers embeddings quantization zzyzx interpretability".split()
for word in words:
    print(f"{word:18} {wordpiece(word)}")
print("same as the library:", all(wordpiece(word) == tokenizer.tokenize(word) for word in words))
print("longest is not always most natural:", wordpiece("undesirable"), wordpiece("unwanted"))
print("pieces that continue a word:", f"{sum(token.startswith('##') for token in vocabulary) / len(vocabulary):.1%}")
