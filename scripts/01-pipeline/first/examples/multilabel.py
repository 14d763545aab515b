"""练习解答：单标签与多标签由谁决定 · Solution: what decides between one label and several.

环境 Environment: pip install torch transformers==5.23.0
"""

from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

name = "distilbert/distilbert-base-uncased-finetuned-sst-2-english"
tokenizer = AutoTokenizer.from_pretrained(name)
text = "A warm and funny film."

for problem in (None, "single_label_classification", "multi_label_classification", "regression"):
    model = AutoModelForSequenceClassification.from_pretrained(name, problem_type=problem)
    classify = pipeline("text-classification", model=model, tokenizer=tokenizer, device="cpu")
    scores = [each["score"] for each in classify(text, top_k=None)]
    print(f"{problem!s:28} scores add up to one: {abs(sum(scores) - 1) < 1e-6}")

sums = []
for name_of in ("softmax", "sigmoid", "none"):
    sums.append(sum(each["score"] for each in classify(text, top_k=None, function_to_apply=name_of)))
print("softmax adds up to one:", abs(sums[0] - 1) < 1e-6, "· sigmoid:", abs(sums[1] - 1) < 1e-6)
above = [each["label"] for each in classify(text, top_k=None, function_to_apply="sigmoid") if each["score"] > 0.0]
print("a threshold may keep several labels:", len(above), "· top_k=1 always keeps:", len(classify(text, top_k=1)))
