"""训练一个分词器，编码，解码 · Train a tokenizer, encode, decode.

环境 Environment: pip install transformers==5.23.0 tokenizers==0.23.3
语料是 Python 自带的《Python 之禅》· The corpus is the Zen of Python, which every Python carries.
"""

from contextlib import redirect_stdout
from io import StringIO

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

with redirect_stdout(StringIO()) as zen:
    import this  # noqa: F401  (prints the text)

core = Tokenizer(models.BPE())
core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
core.decoder = decoders.ByteLevel()
trainer = trainers.BpeTrainer(
    vocab_size=320,
    special_tokens=["<eos>", "<pad>"],
    initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    show_progress=False,
)
core.train_from_iterator([zen.getvalue()], trainer)
tokenizer = PreTrainedTokenizerFast(tokenizer_object=core, eos_token="<eos>", pad_token="<pad>")

print(type(tokenizer).__name__, len(tokenizer), "entries")
for text in ("Simple is better than complex.", "better, not best", "模型 and model"):
    encoding = tokenizer(text)
    print(f"\n{text!r}: {len(encoding.input_ids)} tokens")
    print(encoding.tokens())
    print(encoding.input_ids)
    print("decoded the same:", tokenizer.decode(encoding.input_ids) == text)

batch = tokenizer(["Beautiful", "Now is better than never."], padding=True, return_tensors=None)
print("\nbatch:", [len(row) for row in batch["input_ids"]], batch["attention_mask"][0])
