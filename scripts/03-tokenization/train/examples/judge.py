"""评价：每词词元数、压缩率与公平性 · Judging: tokens per word, compression, fairness.

环境 Environment: pip install tokenizers==0.23.3
"""

import pydoc_data.topics

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

documents = [pydoc_data.topics.topics[name] for name in sorted(pydoc_data.topics.topics)]
training, held_out = documents[:60], "".join(documents[60:])


def train(texts, size):
    core = Tokenizer(models.BPE())
    core.pre_tokenizer, core.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    core.train_from_iterator(
        texts,
        trainers.BpeTrainer(
            vocab_size=size, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
        ),
    )
    return core


def figures(core, text):
    encoding = core.encode(text)
    words = text.split()
    whole = sum(len(core.encode(" " + word).ids) == 1 for word in words)
    return (
        len(encoding.ids),
        len(encoding.ids) / len(words),
        len(text.encode()) / len(encoding.ids),
        whole / len(words),
    )


print("on text that was not trained on:")
for size in (256, 512, 1024, 2048, 4096, 8192):
    core = train(training, size)
    tokens, per_word, per_token, whole = figures(core, held_out)
    used = len(set(core.encode(held_out).ids)) / core.get_vocab_size()
    print(
        f"vocabulary {core.get_vocab_size():5}: {tokens:6} tokens, {per_word:.2f} a word, "
        f"{per_token:.2f} bytes a token, "
        f"words whole {whole:4.0%}, entries used {used:4.0%}"
    )

parallel = {
    "English": "All human beings are born free and equal in dignity and rights.",
    "French": "Tous les êtres humains naissent libres et égaux en dignité et en droits.",
    "Chinese": "人人生而自由，在尊严和权利上一律平等。",
    "Russian": "Все люди рождаются свободными и равными в своем достоинстве и правах.",
}
english = train(training, 2048)
mixed = train(training[:20] + list(parallel.values()) * 40, 2048)
for name, core in (
    ("English documents", english),
    ("mixed in the parallel sentences, as an upper bound", mixed),
):
    counts = {language: len(core.encode(text).ids) for language, text in parallel.items()}
    print(name)
    for language, count in counts.items():
        print(
            f"    {language:8} {count:3} tokens, premium {count / counts['English']:.2f}, "
            f"bytes {len(parallel[language].encode()):3}"
        )
