"""训练分词器的陷阱，逐一运行 · Pitfalls of training, each of them run.

环境 Environment: pip install torch transformers==5.23.0
"""

import pydoc_data.topics

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoTokenizer

documents = [pydoc_data.topics.topics[name] for name in sorted(pydoc_data.topics.topics)][:60]
old = AutoTokenizer.from_pretrained("openai-community/gpt2")


def train(texts, size=1500):
    return old.train_new_from_iterator(texts, vocab_size=size, show_progress=False)


used = iter(documents)
list(used)
print("1. from a used iterator:", len(train(used)), "entries, no error")
print("2. from one string:", len(train("".join(documents))), "entries, each item is a character")
print(
    "3. asked for 100:",
    len(train(documents, 100)),
    "· asked for 5000 with too little text:",
    len(train(["short"], 5000)),
)


def byte_level(**options):
    core = Tokenizer(models.BPE())
    core.pre_tokenizer, core.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    core.train_from_iterator(documents, trainers.BpeTrainer(vocab_size=1000, show_progress=False, **options))
    return core


text = "词 is a word"
alphabet = pre_tokenizers.ByteLevel.alphabet()
for name, core in (("without", byte_level()), ("with", byte_level(initial_alphabet=alphabet))):
    print(f"4. {name} the alphabet of bytes:", repr(core.decode(core.encode(text).ids)))
core.decoder = None
print("5. without a decoder:", repr(core.decode(core.encode("a word").ids)))

qwen = AutoTokenizer.from_pretrained("Qwen/Qwen3-0.6B")
new = qwen.train_new_from_iterator(
    documents, vocab_size=1000, special_tokens_map={"<|im_end|>": "<|stop|>"}, show_progress=False
)
rendered = new.apply_chat_template([{"role": "user", "content": "hi"}], tokenize=False)
print("6. renamed to", new.eos_token, "· in the chat template still the old name:", "<|im_end|>" in rendered)
