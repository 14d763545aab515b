"""tokenization/bpe: a byte-level BPE tokenizer learned on the spot, merge by merge, and what it does to texts.

The trainer of the tokenizers library learns the merges. It does not tell how often each pair stood in the text, so the
counts are counted here, and at every step the library's merge must be the most frequent pair of that moment. What
texts look like after k merges comes from the library itself, given the first k merges.

`--model` names a tokenizer whose kind (normalizer, pre-tokenizer, special tokens) is learned anew on the same texts,
through `train_new_from_iterator`: the counts behind the merges of a finished tokenizer are in no file.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from data_capture import tiny
from data_capture.document import Event, one_line
from data_capture.record import Record
from data_capture.registry import CaptureError, Progress, capture

Pair = tuple[str, str]
SAMPLES = (
    "The tokenizer reads different words differently.",
    "An iterator returns an iterable object.",
    "模型 and model",
)


@dataclass(frozen=True)
class Settings:
    """The size of the capture; tests make it small. `stops`: numbers of merges at which texts are shown."""

    vocabulary: int = 1024
    samples: tuple[str, ...] = SAMPLES
    words: tuple[str, ...] = ("the", "then", "there", "other", "return", "returned", "returns")
    stops: tuple[int, ...] = (0, 10, 50, 100, 200, 400)
    first: int = 12  # merges of which the rival pairs are kept
    rivals: int = 6
    growth: int = 60  # places in the corpus at which the different words read so far are counted


@capture("tokenization/bpe", what="byte-level BPE: merges as they are learned, offsets, bytes for what was never seen")
def bpe(record: Record, model: str | None, device: str, progress: Progress) -> None:
    observe(record, progress, Settings(), model)
    if model is not None:
        check_story(record)


def observe(record: Record, progress: Progress, settings: Settings, source: str | None = None) -> None:
    """The capture at any size. source: a tokenizer for AutoTokenizer of which the kind is taken."""
    here = Path(__file__)
    record.uses(here, here.with_name("tiny.py"))
    record.model |= {"architecture": "ByteLevel BPE", "tokenizers": version("tokenizers")}
    record.events.append(Event("thread_name", "M", 0, 0, 0, 0, {"name": "capture"}))
    texts, held_out = (list(map(prose, part)) for part in tiny.documentation())
    record.corpus |= {
        "documentation": "pydoc_data.topics, each paragraph once, spaces and rules collapsed",
        "documentation.sha256": tiny.sha256([*texts, *held_out]),
    }
    progress("training")
    with record.span("training", vocabulary=settings.vocabulary):
        tokenizer = learn(source, texts, settings) if source else tiny.make_tokenizer(texts, settings.vocabulary)
    if source:
        record.model["id"] = Path(source).name if Path(source).exists() else source
    core = tokenizer.backend_tokenizer
    learned = json.loads(core.to_str())["model"]
    if learned["type"] != "BPE" or not learned["merges"]:
        raise CaptureError(f"the trainer left a {learned['type']} model with {len(learned['merges'])} merges, not BPE")
    merges: list[Pair] = [(left, right) for left, right in learned["merges"]]

    progress("merges")
    read = [word for text in texts for word in cut(core, text)]
    words = Counter(read)
    with record.span("merges", merges=len(merges), tensors=("merges.count", "tokens.count")):
        total = _merges(record, words, merges, settings)
    encoded = sum(len(encoding.tokens) for encoding in core.encode_batch(texts))
    if encoded != total[-1]:
        raise CaptureError(f"the tokenizer makes {encoded} tokens of its corpus, its merges another number")

    progress("texts")
    with record.span("texts"):
        stops = [*(stop for stop in settings.stops if stop < len(merges)), len(merges)]
        record.value("stops", stops, "numbers of merges at which the texts are shown; the last is all")
        record.value("tokens.stops", [total[stop] for stop in stops], "tokens of the corpus at each stop")
        record.value("samples", settings.samples, "texts that are shown")
        for place, text in enumerate(settings.samples):
            lengths = [
                _sample(record, f"sample.{place}.{stop}", at(core, learned["vocab"], merges[:stop]), text)
                for stop in stops
            ]
            record.value(f"sample.{place}.lengths", lengths, f"number of tokens of {text!r} at each stop")
            whole = cut(core, text)
            record.value(f"sample.{place}.words", whole, f"{text!r} as the pre-tokenizer cuts it")
            record.value(f"sample.{place}.seen", [words[word] for word in whole], "times each stands in the corpus")
        _words(record, core, learned["vocab"], merges, settings)
        _growth(record, core, read, held_out, settings)
        _compression(record, tokenizer, held_out)
    progress("bytes")
    with record.span("bytes"):
        _bytes(record, tokenizer, settings)
    progress("done")


def learn(source: str, texts: list[str], settings: Settings) -> PreTrainedTokenizerFast:
    """A tokenizer of the same kind as this one, learned from these texts."""
    try:
        like: Any = AutoTokenizer.from_pretrained(source)
    except Exception as error:  # a foreign folder can fail in any way; the reason belongs in one line
        raise CaptureError(f"tokenizer {source!r} cannot be loaded: {one_line(error)}") from None
    told = json.loads(like.backend_tokenizer.to_str()) if like.is_fast else {"model": {"type": "slow"}}
    kind = told["model"]["type"]
    if kind != "BPE" or '"ByteLevel"' not in json.dumps(told["pre_tokenizer"]):
        raise CaptureError(
            f"tokenizer {source!r} is {kind} without bytes; byte-level BPE is needed, like that of GPT-2"
        )
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    learned: PreTrainedTokenizerFast = like.train_new_from_iterator(
        texts, settings.vocabulary, initial_alphabet=alphabet, show_progress=False
    )
    return learned


def check_story(record: Record) -> None:
    """CaptureError unless the lecture's words fit: they follow certain merges and words."""

    def value(key: str) -> Any:
        return record.values[key].value

    pairs = list(zip(value("merges.left"), value("merges.right"), strict=True))
    forms = [form.split() for form in value("word.6.forms")]
    told = {
        "space and t are the first merge, h and e the fourth, r and e the sixth, space and the the seventh": [
            pairs[k] for k in (0, 3, 5, 6)
        ]
        == [("\u0120", "t"), ("h", "e"), ("r", "e"), ("\u0120t", "he")],
        "t and h come second, and fifth after the first merge": value("rivals.0")[1] == "t h"
        and value("rivals.1")[4] == "\u0120t h",
        "there are more than 400 merges": len(value("stops")) == 7,
        "the corpus shrinks to about a third": 0.3 < value("tokens.stops")[-1] / value("tokens.stops")[0] < 0.37,
        "no merge was learned for Chinese": all(len(token) == 1 for token in value("bytes.byte_level")[:6]),
        "returns is joined in seven steps": [len(form) for form in forms] == [8, 7, 6, 5, 4, 3, 2, 1],
        "tokenizer takes five pieces": _pieces(value(f"sample.0.{value('stops')[-1]}.tokens"), 1) == 5,
        "iterator and iterable take two each": [
            _pieces(value(f"sample.1.{value('stops')[-1]}.tokens"), word) for word in (1, 4)
        ]
        == [2, 2],
    }
    if odd := [what for what, holds in told.items() if not holds]:
        raise CaptureError(f"of this tokenizer the lecture cannot tell that {odd[0]}; take one of another kind")


def _pieces(tokens: list[str], word: int) -> int:
    """Of how many tokens a word consists, each word but the first with a space before it."""
    number, found = 0, 0
    for token in tokens:
        number += token.startswith("\u0120")
        found += number == word and token != "."
    return found


def prose(text: str) -> str:
    """Runs of white space and of rule characters as one space: what is learned from are words."""
    return re.sub(r"[\s\-=*+|]{2,}|\n", " ", text)


def cut(core: Tokenizer, text: str) -> list[str]:
    """The words of a text: what the pre-tokenizer makes of it, within which alone pairs are joined."""
    return [word for word, _ in core.pre_tokenizer.pre_tokenize_str(text)]


def at(core: Tokenizer, vocabulary: dict[str, int], merges: Sequence[Pair]) -> Tokenizer:
    """The tokenizer as it was after these merges: the library's own BPE with the rest of the merges left out."""
    part = Tokenizer(models.BPE(vocab=vocabulary, merges=list(merges)))
    part.pre_tokenizer = core.pre_tokenizer
    return part


def joined(pieces: Sequence[str], pair: Pair) -> list[str]:
    """Pieces with every occurrence of the pair, from the left, joined."""
    out: list[str] = []
    place = 0
    while place < len(pieces):
        if tuple(pieces[place : place + 2]) == pair:
            out.append(pair[0] + pair[1])
            place += 2
        else:
            out.append(pieces[place])
            place += 1
    return out


def _merges(record: Record, words: Counter[str], merges: list[Pair], settings: Settings) -> list[int]:
    """Count every pair before every merge; returns the tokens of the corpus before the first and after each."""
    split = {word: list(word) for word in words}
    counts: Counter[Pair] = Counter()
    where: defaultdict[Pair, set[str]] = defaultdict(set)

    def count(word: str, sign: int) -> None:
        for pair in zip(split[word], split[word][1:], strict=False):
            counts[pair] += sign * words[word]
            where[pair].add(word)

    for word in words:
        count(word, 1)
    chosen, total = [], [sum(len(pieces) * words[word] for word, pieces in split.items())]
    for step, pair in enumerate(merges):
        most = max(counts.values())
        if counts[pair] != most:
            raise CaptureError(f"merge {step} joins {pair} seen {counts[pair]} times where another pair has {most}")
        if step < settings.first:
            top = counts.most_common(settings.rivals)
            named = [f"{left} {right}" for (left, right), _ in top]
            record.value(f"rivals.{step}", named, f"most frequent pairs before merge {step}")
            record.value(f"rivals.{step}.count", [each for _, each in top], "how often each of them stands there")
        chosen.append(most)
        saved = 0
        for word in list(where[pair]):
            count(word, -1)
            before = len(split[word])
            split[word] = joined(split[word], pair)
            saved += (before - len(split[word])) * words[word]
            count(word, 1)
        total.append(total[-1] - saved)
    record.value("merges.left", [left for left, _ in merges], "left part of every merge, in the order learned")
    record.value("merges.right", [right for _, right in merges], "its right part")
    record.tensor("merges.count", chosen, "how often the pair stood in the corpus when it was joined", "int64")
    record.tensor("tokens.count", total, "tokens of the corpus before the first merge and after each", "int64")
    record.value("merges.most", chosen[0], "how often the pair of the first merge stood in the corpus")
    record.value("merges.least", chosen[-1], "and that of the last")
    record.value("vocabulary", settings.vocabulary, "entries: special tokens, 256 bytes, the merges")
    record.value("corpus.words", sum(words.values()), "words of the corpus, as the pre-tokenizer cuts it")
    record.value("corpus.distinct", len(words), "different words among them")
    return total


def _sample(record: Record, name: str, tokenizer: Tokenizer, text: str) -> int:
    """One text: tokens, ids and the stretch of the text each token stands for; returns how many tokens."""
    encoding = tokenizer.encode(text)
    record.value(f"{name}.tokens", encoding.tokens, f"tokens of {text!r}; a space is written \u0120, bytes as letters")
    record.tensor(f"{name}.ids", encoding.ids, "their ids", "int64")
    record.tensor(
        f"{name}.offsets", encoding.offsets, "first character and the one after the last (tokens, 2)", "int64"
    )
    return len(encoding.ids)


def _words(record: Record, core: Tokenizer, vocabulary: dict[str, int], merges: list[Pair], settings: Settings) -> None:
    """Each word at every merge that touches it, asked of the library."""
    record.value("words", settings.words, "words that are followed through all merges; a space stands before each")
    for place, word in enumerate(settings.words):
        pieces = cut(core, f" {word}")
        if len(pieces) != 1:
            raise CaptureError(f"the pre-tokenizer cuts {word!r} into {pieces}: follow another word")
        now = list(pieces[0])
        steps, forms = [0], [" ".join(now)]
        for step, pair in enumerate(merges, 1):
            after = joined(now, pair)
            if len(after) == len(now):
                continue
            real = at(core, vocabulary, merges[:step]).encode(f" {word}").tokens
            if real != after:
                raise CaptureError(f"{word!r} after merge {step} is {real} in the library, not {after}")
            now = after
            steps.append(step)
            forms.append(" ".join(now))
        record.value(f"word.{place}.steps", steps, f"merges done when {word!r} changed, 0 the bytes")
        record.value(f"word.{place}.forms", forms, "its pieces then, apart by a space")


def _growth(record: Record, core: Tokenizer, read: list[str], held_out: list[str], settings: Settings) -> None:
    """What a vocabulary of whole words would need: more entries the more is read, and never all."""
    places = [round(len(read) * part / settings.growth) for part in range(settings.growth + 1)]
    seen: set[str] = set()
    distinct = [0]
    for start, end in pairwise(places):
        seen.update(read[start:end])
        distinct.append(len(seen))
    record.tensor("growth.words", places, "words of the corpus read, in its order", "int64")
    record.tensor("growth.distinct", distinct, "different words among those read", "int64")
    unread = [word for text in held_out for word in cut(core, text)]
    record.value("held_out.words", len(unread), "words of text the tokenizer has not seen")
    record.value("held_out.words_new", sum(word not in seen for word in unread), "of those, not among its words")


def _compression(record: Record, tokenizer: PreTrainedTokenizerFast, held_out: list[str]) -> None:
    ids = tokenizer(held_out, add_special_tokens=False).input_ids
    tokens = sum(map(len, ids))
    letters, size = sum(map(len, held_out)), sum(len(text.encode()) for text in held_out)
    record.value("held_out.characters", letters, "characters of text the tokenizer has not seen")
    record.value("held_out.bytes", size, "its bytes in UTF-8", "B")
    record.value("held_out.tokens", tokens, "its tokens")
    record.value("held_out.characters_per_token", letters / tokens, "characters to a token")
    if [tokenizer.decode(row) for row in ids] != held_out:
        raise CaptureError("decoding does not give the held-out text back: this is not byte-level BPE")


def _bytes(record: Record, tokenizer: PreTrainedTokenizerFast, settings: Settings) -> None:
    """What was never seen is spelled in bytes: byte-level letters here, <0x..> tokens in a vocabulary of characters."""
    seen = "".join(sorted(set("".join(settings.samples[:-1]))))
    text = settings.samples[-1]
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    record.value("bytes.alphabet", len(alphabet), "letters that byte-level BPE writes the 256 bytes with")
    raw = list(text.encode())
    record.tensor("bytes.text", raw, f"{text!r} in UTF-8", "uint8")
    vocabulary = ["<unk>", *(f"<0x{byte:02X}>" for byte in range(256)), *seen]
    for name, fallback in (("fallback", True), ("unknown", False)):
        model = models.BPE(
            vocab={token: place for place, token in enumerate(vocabulary)},
            merges=[],
            unk_token="<unk>",
            byte_fallback=fallback,
        )
        tokens = Tokenizer(model).encode(text).tokens
        what = f"{text!r} in a vocabulary of the characters of the other samples, byte_fallback={fallback}"
        record.value(f"bytes.{name}", tokens, what)
        if ("<unk>" in tokens) == fallback:
            raise CaptureError(f"byte_fallback={fallback} gives {tokens}: the library does something else")
    learned = tokenizer.backend_tokenizer.encode(text, add_special_tokens=False).tokens
    record.value("bytes.byte_level", learned, f"{text!r} by the learned tokenizer")
