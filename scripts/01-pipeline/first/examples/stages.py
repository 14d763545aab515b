"""三个阶段，逐一取出 · The three stages, taken apart.

环境 Environment: pip install torch transformers==5.23.0
"""

import torch
from transformers import pipeline

classify = pipeline(
    "text-classification",
    model="distilbert/distilbert-base-uncased-finetuned-sst-2-english",
    revision="main",
    device="cpu",
)
print(type(classify).__name__, "·", type(classify.model).__name__, "·", type(classify.tokenizer).__name__)

text = "This film is a delight."
answer = classify(text)
print("one call:", type(answer).__name__, "of", type(answer[0]).__name__, sorted(answer[0]))

inputs = classify.preprocess(text)
print("preprocess:", {name: tuple(tensor.shape)[0] for name, tensor in inputs.items() if name != "token_type_ids"})
with torch.no_grad():
    outputs = classify.model(**inputs)
print("forward:", tuple(outputs.logits.shape), outputs.logits.dtype)
probabilities = outputs.logits.softmax(-1)[0]
best = probabilities.argmax().item()
label = classify.model.config.id2label[best]
print("postprocess by hand agrees:", label == answer[0]["label"])
print("score agrees:", abs(probabilities[best].item() - answer[0]["score"]) < 1e-6)
