"""一个批次怎样拼成：填充的值与方向 · How a batch is put together: what pads it, and on which side.

环境 Environment: pip install torch transformers==5.23.0
"""

from transformers import pipeline
from transformers.pipelines.base import pad_collate_fn

embed = pipeline("feature-extraction", model="sentence-transformers/all-MiniLM-L6-v2", device="cpu")
rows = [embed.preprocess(text) for text in ("tokens", "tokens and ids")]
print("one by one:", [tuple(row["input_ids"].shape) for row in rows])
batch = pad_collate_fn(embed.tokenizer, None)(rows)
print("together:", tuple(batch["input_ids"].shape), "· pad id:", embed.tokenizer.pad_token_id)
print("ids: ", batch["input_ids"].tolist())
print("mask:", batch["attention_mask"].tolist())

seen = []
embed.model.register_forward_pre_hook(
    lambda _, __, named: seen.append(tuple(named["input_ids"].shape)), with_kwargs=True
)
embed(["a", "b c d e f", "g", "h"], batch_size=2)
print("shapes the model saw:", seen)

write = pipeline("text-generation", model="Qwen/Qwen3-0.6B", device="cpu")
print("generation pads on the", write.tokenizer.padding_side)
rows = [write.preprocess(text) for text in ("ids", "ids and more of them")]
for row in rows:
    row.pop("prompt_text")
print("mask:", pad_collate_fn(write.tokenizer, None)(rows)["attention_mask"][0].tolist())

gpt2 = pipeline("text-generation", model="openai-community/gpt2", device="cpu")
try:
    gpt2(["one", "and two"], batch_size=2, max_new_tokens=2)
except ValueError as problem:
    print("no pad token:", str(problem).split(". ")[0])
gpt2.tokenizer.pad_token_id = gpt2.model.config.eos_token_id
print("with one:", len(gpt2(["one", "and two"], batch_size=2, max_new_tokens=2)), "answers")
