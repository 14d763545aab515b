"""词级标签落到词元上，再回到词 · Labels of words onto tokens, and back to words.

环境 Environment: pip install torch transformers==5.23.0
"""

from transformers import AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("sentence-transformers/all-MiniLM-L6-v2")
words = ["Guido", "van", "Rossum", "left", "the", "U.K.", "for", "Vatnajökull", "."]
tags = ["B-PER", "I-PER", "I-PER", "O", "O", "B-LOC", "O", "B-LOC", "O"]
names = sorted(set(tags) | {"I-LOC"})
number = {name: n for n, name in enumerate(names)}
encoding = tokenizer(words, is_split_into_words=True)


def align(encoding, every_piece):
    """-100 for what the loss ignores; later pieces of a word are ignored too, or continue the entity."""
    labels, before = [], None
    for word in encoding.word_ids():
        if word is None:
            labels.append(-100)
        elif word != before:
            labels.append(number[tags[word]])
        elif every_piece:
            labels.append(number[tags[word].replace("B-", "I-")])
        else:
            labels.append(-100)
        before = word
    return labels


first, every = align(encoding, False), align(encoding, True)
told = {-100: "ignored", **dict(enumerate(names))}
for token, word, one, two in zip(encoding.tokens(), encoding.word_ids(), first, every):
    print(f"{token:10} word {word!s:5} first piece: {told[one]:8} every piece: {told[two]}")
print("tokens:", len(first), "· in the loss:", sum(n >= 0 for n in first), "or", sum(n >= 0 for n in every))

guessed = [n if n >= 0 else number["O"] for n in first]  # what a model might say of every token
back = [names[guessed[encoding.word_to_tokens(word).start]] for word in range(len(words))]
print("back to words, by the first piece:", back == tags)

text = "Guido van Rossum left the U.K. for Vatnajökull."
whole = tokenizer(text, return_offsets_mapping=True)
print("the same ids from the text:", whole.input_ids == encoding.input_ids)
print("but the words are counted anew: last word", whole.word_ids()[-2], "instead of", encoding.word_ids()[-2])
span = text.index("Vatnajökull"), text.index("Vatnajökull") + len("Vatnajökull")
tokens = whole.char_to_token(span[0]), whole.char_to_token(span[1] - 1)
print("characters", span, "are tokens", tokens, whole.tokens()[tokens[0] : tokens[1] + 1])
split = tokenizer(words, is_split_into_words=True, return_offsets_mapping=True)
print("offsets of split input start again in every word:", split.offset_mapping[1:4])
