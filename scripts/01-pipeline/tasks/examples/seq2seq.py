"""已删去的任务如今怎样做 · How to do today what a removed task did.

环境 Environment: pip install torch transformers==5.23.0
"""

from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

name = "google-t5/t5-small"
tokenizer = AutoTokenizer.from_pretrained(name)
model = AutoModelForSeq2SeqLM.from_pretrained(name)

texts = [
    "translate English to German: The house is wonderful.",
    "summarize: Transformers defines models. Other libraries train them and serve them.",
]
inputs = tokenizer(texts, padding=True, return_tensors="pt")
outputs = model.generate(**inputs, max_new_tokens=12, num_beams=2)
print(
    "inputs:",
    inputs["input_ids"].shape[0],
    "rows, padded to one length:",
    inputs["attention_mask"].min().item() == 0,
)
print("outputs:", outputs.shape[0], "rows, first id is the decoder's start:", set(outputs[:, 0].tolist()))
texts = tokenizer.batch_decode(outputs, skip_special_tokens=True)
print("decoded:", len(texts), "texts of type", type(texts[0]).__name__)
