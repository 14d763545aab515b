"""训练掩码：损失算在哪些词元上 · The mask for training: which tokens are in the loss.

环境 Environment: pip install torch transformers==5.23.0
"""

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("Qwen/Qwen3-0.6B")
model = AutoModelForCausalLM.from_pretrained("Qwen/Qwen3-0.6B", dtype=torch.float32).eval()
chat = [
    {"role": "system", "content": "Answer with one number."},
    {"role": "user", "content": "What is 2 + 2?"},
    {"role": "assistant", "content": "4"},
    {"role": "user", "content": "And 3 + 3?"},
    {"role": "assistant", "content": "6"},
]
batch = tokenizer.apply_chat_template(chat, return_tensors="pt", return_assistant_tokens_mask=True)
ids, own = batch["input_ids"], batch["assistant_masks"].bool()
labels = ids.masked_fill(~own, -100)
print("tokens:", ids.numel(), "· in the loss:", int(own.sum()), f"({own.float().mean():.0%})")
for token, kept in zip(tokenizer.convert_ids_to_tokens(ids[0]), own[0]):
    if kept:
        print("   ", repr(token))

with torch.no_grad():
    logits = model(ids).logits
each = torch.nn.functional.cross_entropy(logits[0, :-1], ids[0, 1:], reduction="none")  # token t is predicted at t - 1
by_hand = each[own[0, 1:]].mean()
with torch.no_grad():
    by_library = model(ids, labels=labels).loss
print("by hand and by the library the same:", torch.allclose(by_hand, by_library, atol=1e-5))

padded = tokenizer.apply_chat_template(
    [chat, chat[:3]], padding=True, return_tensors="pt", return_assistant_tokens_mask=True
)
print("batch:", tuple(padded["input_ids"].shape), type(padded["assistant_masks"]).__name__,
      [int(row.sum()) for row in padded["assistant_masks"]])

end = tokenizer.eos_token_id
wrong = ids.masked_fill(~own, -100).masked_fill(ids == end, -100)  # what happens where padding and end are one token
print("ends of turns in the loss:", int((labels == end).sum()), "· where they were masked as padding:",
      int((wrong == end).sum()))
