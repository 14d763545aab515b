"""长文本：滑动窗口与偏移 · Long text: windows and offsets.

环境 Environment: pip install torch transformers==5.23.0
"""

from transformers import AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("sentence-transformers/all-MiniLM-L6-v2")
text = " ".join(f"Sentence number {n} says little." for n in range(12))
print("tokens in all:", len(tokenizer(text)["input_ids"]))

windows = tokenizer(
    text,
    truncation=True,
    max_length=32,
    stride=8,
    return_overflowing_tokens=True,
    return_offsets_mapping=True,
)
print("windows:", len(windows["input_ids"]), "· from text", windows["overflow_to_sample_mapping"])
for place, offsets in enumerate(windows["offset_mapping"]):
    real = [span for span in offsets if span != (0, 0)]
    print(place, "characters", real[0][0], "to", real[-1][1], "·", len(offsets), "tokens")
first, second = (
    [tuple(span) for span in windows["offset_mapping"][n] if tuple(span) != (0, 0)] for n in (0, 1)
)
print("tokens shared by neighbours:", len(set(first) & set(second)))
pair = tokenizer("What is said?", text, truncation="only_second", max_length=24)
print(
    "question kept, text cut:",
    len(pair["input_ids"]),
    tokenizer.decode(pair["input_ids"]).count("[SEP]"),
    "separators",
)
