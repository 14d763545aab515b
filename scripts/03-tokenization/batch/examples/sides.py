"""左填充与右填充：生成时的差别 · Padding on the left and on the right, in generation.

环境 Environment: pip install torch transformers==5.23.0
权重是替身的，相等与不等是结构决定的 · Stand-in weights; what is equal and what is not comes from structure.
"""

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

name = "Qwen/Qwen3-0.6B"
tokenizer = AutoTokenizer.from_pretrained(name)
model = AutoModelForCausalLM.from_pretrained(name, dtype=torch.float32).eval()
texts = ["The iterator", "A tokenizer turns the text of a program into"]


def generated(texts, side):
    batch = tokenizer(texts, padding=True, padding_side=side, return_tensors="pt")
    ids = model.generate(**batch, max_new_tokens=6, do_sample=False)
    return ids[:, batch["input_ids"].shape[1] :]


alone = generated(texts[:1], "left")[0]
for side in ("left", "right"):
    print(f"{side:5} as alone: {torch.equal(generated(texts, side)[0], alone)}")

batch = tokenizer(texts, padding=True, padding_side="left", return_tensors="pt")
mask = batch["attention_mask"]
positions = (mask.cumsum(-1) - 1).clamp(min=0)  # what generate makes of the mask
print("positions of the short row:", positions[0].tolist())
with torch.no_grad():
    single = model(**tokenizer(texts[0], return_tensors="pt")).logits[0, -1]
    told = model(**batch, position_ids=positions).logits[0, -1]
    untold = model(**batch).logits[0, -1]
    blind = model(input_ids=batch["input_ids"], position_ids=positions).logits[0, -1]
print(f"with mask and positions, difference from alone: {(told - single).abs().max():.0e}")
print(f"positions counted from the padding: below 1e-4 too (rotary positions are relative): "
      f"{bool((untold - single).abs().max() < 1e-4)}")
print("without the mask, as alone:", torch.allclose(blind, single, atol=1e-4))

gpt2 = AutoModelForCausalLM.from_pretrained("openai-community/gpt2").eval()
words = AutoTokenizer.from_pretrained("openai-community/gpt2", padding_side="left")
words.pad_token = words.eos_token
batch = words(texts, padding=True, return_tensors="pt")
positions = (batch["attention_mask"].cumsum(-1) - 1).clamp(min=0)
with torch.no_grad():
    single = gpt2(**words(texts[0], return_tensors="pt")).logits[0, -1]
    told, untold = gpt2(**batch, position_ids=positions).logits[0, -1], gpt2(**batch).logits[0, -1]
print("learned positions, told:", torch.allclose(told, single, atol=1e-4), "· untold:",
      torch.allclose(untold, single, atol=1e-4))
