"""What the stand-in's repositories are put together from: sizes, tokenizers trained on the spot, what writes files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import transformers as hf
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from data_capture import tiny

SMALL: dict[str, Any] = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
DECODER: dict[str, Any] = SMALL | {
    "intermediate_size": 128,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "max_position_embeddings": 2048,
}

Save = Callable[[Path], Any]


def text() -> list[str]:
    """What tokenizers are trained on: Python's language reference and a little Chinese."""
    documents, _ = tiny.documentation()
    return [*documents[:60], "模型读入的是编号，不是文字。分词器把文字切成词元，再换成编号。" * 20]


def byte_bpe(specials: list[str], size: int = 2000) -> Tokenizer:
    """Byte-level BPE, as GPT-2 and Qwen use it."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        text(),
        trainers.BpeTrainer(
            vocab_size=size,
            special_tokens=specials,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    return tokenizer


def wordpiece() -> Tokenizer:
    """WordPiece with BERT's normalizer and template."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(
        text(), trainers.WordPieceTrainer(vocab_size=2000, special_tokens=specials, show_progress=False)
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return tokenizer


def unigram() -> Tokenizer:
    """Unigram with SentencePiece's way of writing spaces, as T5 uses it."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    specials = ["<pad>", "</s>", "<unk>"]
    tokenizer.train_from_iterator(
        text(),
        trainers.UnigramTrainer(vocab_size=1500, special_tokens=specials, unk_token="<unk>", show_progress=False),
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 1)]
    )
    return tokenizer


def saved(thing: Any) -> Save:
    """What writes a model, tokenizer or processor."""
    return lambda snapshot: thing.save_pretrained(snapshot)


def tokenizer(made: Tokenizer, **settings: Any) -> hf.PreTrainedTokenizerFast:
    return hf.PreTrainedTokenizerFast(tokenizer_object=made, **settings)


def bert_words() -> hf.PreTrainedTokenizerFast:
    names = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}
    settings: dict[str, Any] = {f"{name}_token": token for name, token in names.items()}
    return tokenizer(wordpiece(), model_max_length=512, **settings)
