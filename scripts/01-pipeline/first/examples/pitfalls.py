"""陷阱：逐一重现 · Pitfalls, each of them reproduced.

环境 Environment: pip install torch transformers==5.23.0
"""

import logging

from transformers import AutoModelForSequenceClassification, pipeline
from transformers.utils import logging as hf_logging

kept = []


class Keep(logging.Handler):
    def emit(self, record):
        kept.append(record.getMessage())


hf_logging.get_logger().addHandler(Keep())
name = "distilbert/distilbert-base-uncased-finetuned-sst-2-english"
classify = pipeline("text-classification", model=name, device="cpu")

kept.clear()
pipeline("text-classification", model="google-bert/bert-base-uncased", device="cpu")
print("1. a head that was not in the file:", any("MISSING" in said for said in kept))

words = "good " * 600
try:
    classify(words)
except (RuntimeError, IndexError) as problem:
    print("2. longer than the model:", type(problem).__name__)
print("   truncation=True:", sorted(classify(words, truncation=True)[0]))

model = AutoModelForSequenceClassification.from_pretrained("google-bert/bert-base-uncased", num_labels=3)
print("3. labels nobody named:", list(model.config.id2label.values()))
named = AutoModelForSequenceClassification.from_pretrained(
    "google-bert/bert-base-uncased", id2label={0: "bad", 1: "good"}, label2id={"bad": 0, "good": 1}
)
print("   labels that were:", list(named.config.id2label.values()), "· number of labels follows:", named.num_labels)

try:
    classify({"input_ids": [[2, 5, 3]]})
except (TypeError, ValueError) as problem:
    print("4. ids instead of text:", type(problem).__name__)

classify.model.train()
first, second = classify("A delight.")[0]["score"], classify("A delight.")[0]["score"]
print("5. a model left in training mode answers the same twice:", first == second)
classify.model.eval()
print("   in evaluation mode:", classify("A delight.") == classify("A delight."))
kept.clear()
answer = classify("A delight.", top_n=1)
told = any("top_n" in said for said in kept)
print("6. an argument that does not exist: still", len(answer), "answer · a warning names it:", told)
