"""组批的陷阱，逐一运行 · Pitfalls of batching, each of them run.

环境 Environment: pip install torch transformers==5.23.0
"""

import torch
from transformers import AutoModel, AutoTokenizer, DataCollatorForTokenClassification, DataCollatorWithPadding

name = "sentence-transformers/all-MiniLM-L6-v2"
tokenizer = AutoTokenizer.from_pretrained(name)
texts = ["Short.", "A sentence that is a little longer."]

gpt2 = AutoTokenizer.from_pretrained("openai-community/gpt2")
for what, call in {
    "1. no padding token:": lambda: gpt2(texts, padding=True),
    "2. rows of different length:": lambda: tokenizer(texts, return_tensors="pt"),
}.items():
    try:
        call()
    except ValueError as error:
        print(what, str(error)[:78])

answer = "It goes on and on. " * 30 + "The answer is 42."
cut = tokenizer(answer, truncation=True, max_length=32)["input_ids"]
asked = tokenizer(answer, truncation=True, max_length=32, **{"truncation_side": "left"})["input_ids"]
tokenizer.truncation_side = "left"
left = tokenizer(answer, truncation=True, max_length=32)["input_ids"]
tokenizer.truncation_side = "right"
kept = ["42" in tokenizer.decode(row) for row in (cut, asked, left)]
print("3. the answer survives: cut on the right", kept[0], "· side in the call", kept[1], "· set before", kept[2])

question, context = "What is said? " * 12, "Little."
for strategy in ("longest_first", "only_second", "only_first"):
    try:
        pair = tokenizer(question, context, truncation=strategy, max_length=24)
        print(f"4. {strategy}: question {pair.sequence_ids().count(0)} tokens, context {pair.sequence_ids().count(1)}")
    except Exception as error:
        print(f"4. {strategy}: {type(error).__name__}")

rows = [tokenizer(text, max_length=64, padding="max_length") for text in texts]
print("5. padded when tokenized:", len(rows[0]["input_ids"]), "· by the collator:",
      tuple(DataCollatorWithPadding(tokenizer)([tokenizer(text) for text in texts])["input_ids"].shape))

features = [{**tokenizer(text), "labels": [0] * len(tokenizer(text)["input_ids"])} for text in texts]
try:
    DataCollatorWithPadding(tokenizer)(features)
except ValueError as error:
    print("6. labels are not padded:", str(error)[:52])
labels = DataCollatorForTokenClassification(tokenizer)(features)["labels"][0].tolist()
print("   by the collator for tokens:", labels)

model = AutoModel.from_pretrained(name).eval()
batch = tokenizer(["", "word"], padding=True, return_tensors="pt")
with torch.no_grad():
    hidden = model(**batch).last_hidden_state
    empty = model(batch["input_ids"], attention_mask=torch.zeros_like(batch["attention_mask"])).last_hidden_state
row = batch["attention_mask"][0].tolist()
print("7. empty text:", row, "· everything masked gives NaN:", bool(empty.isnan().any()))

print("8. side kept by the tokenizer:", gpt2.padding_side, tokenizer.padding_side, "· to a multiple of 8:",
      len(tokenizer(texts[0], padding=True, pad_to_multiple_of=8)["input_ids"]))
