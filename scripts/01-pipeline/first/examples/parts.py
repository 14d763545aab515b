"""pipeline() 替你选了什么 · What pipeline() chooses for you.

环境 Environment: pip install torch transformers==5.23.0
"""

from transformers import AutoModelForSequenceClassification, AutoTokenizer, TextClassificationPipeline, pipeline
from transformers.pipelines import SUPPORTED_TASKS, check_task

task, record, _ = check_task("sentiment-analysis")
print("task:", task, "· class:", record["impl"].split(".")[-1])
print("loads with:", [head.__name__ for head in record["pt"]])
print("default model and revision:", record["default"]["model"])
print("tasks with a default revision:", sum("model" in each["default"] for each in SUPPORTED_TASKS.values()))

name = "distilbert/distilbert-base-uncased-finetuned-sst-2-english"
short = pipeline("text-classification", model=name, device="cpu")
print("architecture in config.json:", short.model.config.architectures)
print("evaluation mode:", not short.model.training, "· device:", short.device, "· dtype:", short.dtype)
print(
    "loaded:",
    [part for part in ("tokenizer", "image_processor", "feature_extractor", "processor") if getattr(short, part)],
)

model = AutoModelForSequenceClassification.from_pretrained(name)
tokenizer = AutoTokenizer.from_pretrained(name)
long = TextClassificationPipeline(model=model, tokenizer=tokenizer, device="cpu")
print("the same without the factory:", short("A delight.") == long("A delight."))

for wrong in ("sentiment", "translation_en_to_de"):
    try:
        pipeline(wrong, model=name)
    except KeyError as problem:
        print(f"{wrong}:", problem.args[0].split(". ")[0].split(", available")[0])
try:
    pipeline("text-classification", tokenizer=tokenizer)
except RuntimeError as problem:
    print("tokenizer alone:", str(problem)[:72])
