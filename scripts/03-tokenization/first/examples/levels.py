"""按词、按字符、按子词：三种切法 · Words, characters, subwords: three ways to cut.

环境 Environment: pip install torch transformers==5.23.0
"""

import pydoc_data.topics

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

documents = [pydoc_data.topics.topics[name] for name in sorted(pydoc_data.topics.topics)]
train, held_out = "\n".join(documents[:60]), "\n".join(documents[60:])

words = {word for word in train.split()}
unseen = [word for word in held_out.split() if word not in words]
print("words: vocabulary", len(words), "· unknown in new text", f"{len(unseen) / len(held_out.split()):.1%}")

characters = set(train)
print("characters: vocabulary", len(characters), "· tokens for new text", len(held_out))

tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
alphabet = pre_tokenizers.ByteLevel.alphabet()
trainer = trainers.BpeTrainer(vocab_size=2000, initial_alphabet=alphabet, show_progress=False)
tokenizer.train_from_iterator([train], trainer)
pieces = len(tokenizer.encode(held_out).ids)
print("subwords: vocabulary", tokenizer.get_vocab_size(), "· tokens for new text", pieces, "· unknown: none")
print(f"characters per token: {len(held_out) / pieces:.2f} · tokens per word: {pieces / len(held_out.split()):.2f}")
