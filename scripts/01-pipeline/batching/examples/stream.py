"""用生成器与数据集流式推理 · Streaming inference from a generator and from a data set.

环境 Environment: pip install torch transformers==5.23.0 datasets==5.2.0
"""

from datasets import load_dataset
from transformers import pipeline
from transformers.pipelines.pt_utils import KeyDataset

name = "distilbert/distilbert-base-uncased-finetuned-sst-2-english"
classify = pipeline("text-classification", model=name, device="cpu", dtype="auto", batch_size=8)


def texts():
    for number in range(20):
        yield f"Review number {number} of a film."


answers = classify(texts())
print("from a generator:", type(answers).__name__, "· nothing computed yet")
print("answers:", sum(1 for _ in answers))

rows = load_dataset("nyu-mll/glue", "sst2", split="validation")
labels = [answer["label"] for answer in classify(KeyDataset(rows, "sentence"), truncation=True)]
print("from a data set:", len(labels) == len(rows), "· labels:", set(labels) <= {"NEGATIVE", "POSITIVE"})

one = classify("Review number 3 of a film.")[0]["score"]
many = classify([f"Review number {n} of a film." for n in range(8)])[3]["score"]
print("alone and in a batch agree to 1e-5:", abs(one - many) < 1e-5)
print("device:", classify.device, "· dtype:", classify.model.dtype)
