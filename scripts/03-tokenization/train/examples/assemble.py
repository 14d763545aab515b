"""用 tokenizers 从零组装 · A tokenizer assembled from scratch with tokenizers.

环境 Environment: pip install transformers==5.23.0 tokenizers==0.23.3
"""

import pydoc_data.topics
import tempfile

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer, PreTrainedTokenizerFast

documents = [pydoc_data.topics.topics[name] for name in sorted(pydoc_data.topics.topics)][:60]

core = Tokenizer(models.BPE())
core.normalizer = normalizers.NFC()
core.pre_tokenizer = pre_tokenizers.Sequence(
    [
        pre_tokenizers.Split(Regex(r"\d"), behavior="isolated"),  # every digit by itself
        pre_tokenizers.ByteLevel(add_prefix_space=False),
    ]
)
core.decoder = decoders.ByteLevel()
trainer = trainers.BpeTrainer(
    vocab_size=1000,
    special_tokens=["<pad>", "<s>", "</s>"],  # ids 0, 1, 2
    initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    show_progress=False,
)
core.train_from_iterator(documents, trainer, length=len(documents))
begin, end = core.token_to_id("<s>"), core.token_to_id("</s>")
core.post_processor = processors.Sequence(
    [
        processors.ByteLevel(trim_offsets=True),
        processors.TemplateProcessing(
            single="<s> $A </s>",
            pair="<s> $A </s> $B:1 </s>:1",
            special_tokens=[("<s>", begin), ("</s>", end)],
        ),
    ]
)

tokenizer = PreTrainedTokenizerFast(
    tokenizer_object=core, pad_token="<pad>", bos_token="<s>", eos_token="</s>", model_max_length=128
)
print("entries:", len(tokenizer), "= 3 special + 256 bytes +", len(tokenizer) - 259, "merges")
print(
    "special ids:", {token: tokenizer.convert_tokens_to_ids(token) for token in tokenizer.all_special_tokens}
)
print(tokenizer("return 2026").tokens())
print(tokenizer.decode(tokenizer("分词 🤗 return").input_ids, skip_special_tokens=True))
print(
    "tokens with a digit beside something else:",
    sum(any(c.isdigit() for c in token) and len(token) > 1 for token in tokenizer.get_vocab()),
)

batch = tokenizer(["return", "return the iterator"], padding=True)
print([len(ids) for ids in batch.input_ids], batch.attention_mask[0])
with tempfile.TemporaryDirectory() as folder:
    tokenizer.save_pretrained(folder)
    loaded = AutoTokenizer.from_pretrained(folder)
print(
    "loaded:",
    type(loaded).__name__,
    loaded.model_max_length,
    loaded("return 2026").tokens() == tokenizer("return 2026").tokens(),
)
