"""陷阱：对话输入 · Pitfalls of chat input.

环境 Environment: pip install torch transformers==5.23.0
"""

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, pipeline

gpt2 = pipeline("text-generation", model="openai-community/gpt2", device="cpu")
try:
    gpt2([{"role": "user", "content": "Hello"}], max_new_tokens=2)
except ValueError as problem:
    print("1. a model without template:", str(problem)[:66])

name = "Qwen/Qwen3-0.6B"
tokenizer = AutoTokenizer.from_pretrained(name)
messages = [{"role": "user", "content": "Hello"}]
text = tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
direct = tokenizer.apply_chat_template(messages, add_generation_prompt=True)["input_ids"]
print(
    "2. template, then tokenizer without special tokens:",
    tokenizer(text, add_special_tokens=False)["input_ids"] == direct,
)

without = tokenizer.apply_chat_template(messages)["input_ids"]
print("3. without generation prompt the prompt is shorter:", len(direct) - len(without), "tokens")

model = AutoModelForCausalLM.from_pretrained(name, dtype=torch.float32)
rows = ["Hello", "Hello and a good deal more"]
for side in ("left", "right"):
    tokenizer.padding_side = side
    inputs = tokenizer(rows, padding=True, return_tensors="pt")
    together = model.generate(**inputs, max_new_tokens=4, do_sample=False)[0, -4:]
    alone = model.generate(**tokenizer(rows[:1], return_tensors="pt"), max_new_tokens=4, do_sample=False)[0, -4:]
    print(f"4. padded on the {side:5}: as alone:", torch.equal(together, alone))

given = tokenizer("Hello", return_tensors="pt")
long = model.generate(**given, max_new_tokens=3, do_sample=False)[0, given["input_ids"].shape[1] :]
print("5. stopped by the limit:", len(long) == 3 and long[-1].item() != tokenizer.eos_token_id)

chat = pipeline("text-generation", model=model, tokenizer=tokenizer, device="cpu")
one = chat([messages], max_new_tokens=2)
print("6. a list with one chat gives a list of lists:", type(one[0]).__name__)
stream = chat(([turn] for turn in messages), max_new_tokens=2)
print("7. a generator of chats gives:", type(stream).__name__, "·", len(list(stream)), "answer")
