"""三种算法，同一份语料，同样大的词表 · Three algorithms, one corpus, vocabularies of one size.

环境 Environment: pip install tokenizers==0.23.3
"""

import pydoc_data.topics

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

documents = [pydoc_data.topics.topics[name] for name in sorted(pydoc_data.topics.topics)]
documents = [" ".join(document.split()) for document in documents]  # WordPiece drops spaces: leave no long runs
training, held_out = documents[:60], " ".join(documents[60:])
SIZE = 2000


def bpe():
    core = Tokenizer(models.BPE(unk_token="[UNK]"))
    core.pre_tokenizer, core.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    return core, trainers.BpeTrainer(vocab_size=SIZE, special_tokens=["[UNK]"], show_progress=False)


def wordpiece():
    core = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    core.pre_tokenizer, core.decoder = pre_tokenizers.WhitespaceSplit(), decoders.WordPiece(cleanup=False)
    return core, trainers.WordPieceTrainer(vocab_size=SIZE, special_tokens=["[UNK]"], show_progress=False)


def unigram():
    core = Tokenizer(models.Unigram())
    core.pre_tokenizer, core.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    options = {"special_tokens": ["[UNK]"], "unk_token": "[UNK]", "show_progress": False}
    return core, trainers.UnigramTrainer(vocab_size=SIZE, **options)


def whole(core, words):
    """Share of words that are one token."""
    return sum(len(core.encode(word).ids) == 1 for word in words) / len(words)


words = held_out.split()
made = {}
for make in (bpe, wordpiece, unigram):
    core, trainer = make()
    core.train_from_iterator(training, trainer)
    made[make.__name__] = core
    ids = core.encode(held_out).ids
    unknown = ids.count(core.token_to_id("[UNK]")) / len(ids)
    print(f"{make.__name__:9} {core.get_vocab_size()} entries · {len(held_out) / len(ids):.1f} characters a token"
          f" · words whole {whole(core, words):.0%} · unknown {unknown:.2%}")

for word in ("unreachable", "iterating", "redefinition", "标识符"):
    print(word)
    for name, core in made.items():
        encoding = core.encode(word)
        unknown = " (unknown)" if core.token_to_id("[UNK]") in encoding.ids else ""
        print(f"    {name:9} {' '.join(encoding.tokens)}{unknown}")
