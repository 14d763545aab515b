"""沿用旧流水线，从迭代器重新训练 · A new vocabulary in an old pipeline, from an iterator.

环境 Environment: pip install torch transformers==5.23.0
语料是 Python 自带的说明文档 · The corpus is the documentation that every Python carries.
"""

import pydoc_data.topics
import tempfile

from transformers import AutoTokenizer

documents = [pydoc_data.topics.topics[name] for name in sorted(pydoc_data.topics.topics)]
training, held_out = documents[:60], documents[60:]


def batches(texts, size=16):
    for start in range(0, len(texts), size):
        yield texts[start : start + size]


old = AutoTokenizer.from_pretrained("Qwen/Qwen3-0.6B")
new = old.train_new_from_iterator(
    batches(training), vocab_size=1500, new_special_tokens=["<|doc|>"], show_progress=False
)
print("asked for 1500, entries:", len(new))
print(
    "the same class:",
    type(new) is type(old),
    "· pre-tokenizer the same:",
    str(new.backend_tokenizer.pre_tokenizer) == str(old.backend_tokenizer.pre_tokenizer),
)
print(
    "special tokens:", new.all_special_tokens, "· chat template kept:", new.chat_template == old.chat_template
)
print(new("<|doc|>The iterator returns itself.").tokens())

same = sum(new.get_vocab().get(token) == number for token, number in old.get_vocab().items())
shared = len(set(new.get_vocab()) & set(old.get_vocab()))
print("tokens in both:", shared, "· with the same id:", same)

again = old.train_new_from_iterator(
    batches(training), vocab_size=1500, new_special_tokens=["<|doc|>"], show_progress=False
)
print("trained twice, the same vocabulary:", again.get_vocab() == new.get_vocab())
text = "".join(held_out)
print("held-out text comes back:", new.decode(new(text).input_ids) == text)
with tempfile.TemporaryDirectory() as folder:
    new.save_pretrained(folder)
    print(
        "saved and loaded, the same ids:",
        AutoTokenizer.from_pretrained(folder)(text).input_ids == new(text).input_ids,
    )
