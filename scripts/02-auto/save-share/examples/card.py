"""模型卡：元数据、正文与检查 · Model cards: metadata, text, checks.

环境 Environment: pip install huggingface_hub transformers==5.23.0 torch
"""

from huggingface_hub import EvalResult, ModelCard, ModelCardData

NEEDED = ("Intended use", "Training data", "Evaluation", "Limitations")
data = ModelCardData(
    language="en",
    license="apache-2.0",
    library_name="transformers",
    base_model="sentence-transformers/all-MiniLM-L6-v2",
    datasets=["stanfordnlp/sst2"],
    tags=["sentiment"],
    model_name="tiny-sentiment",
    eval_results=[
        EvalResult(
            task_type="text-classification", dataset_type="stanfordnlp/sst2", dataset_name="SST-2",
            metric_type="accuracy", metric_value=0.91, dataset_split="validation",
        )
    ],
)
TEXT = """
# Tiny sentiment

## Intended use
Film reviews in English. Not for medical or legal text.

## Training data
SST-2, training split, one epoch.

## Evaluation
Accuracy 0.91 on the validation split, 872 sentences, no selection on it.

## Limitations
Irony is often missed. Names of groups may shift the score: see the table.
"""
ModelCard(f"---\n{data.to_yaml()}\n---\n{TEXT}").save("README.md")


def check(path):
    """What a card lacks before it may be published."""
    card = ModelCard.load(path)
    told = card.data.to_dict()
    faults = [f"no {field}" for field in ("license", "base_model", "language") if not told.get(field)]
    sections = {}
    for part in card.text.split("\n## ")[1:]:
        title, _, body = part.partition("\n")
        sections[title.strip()] = body.strip()
    faults += [f"section {title!r} is missing or empty" for title in NEEDED if not sections.get(title)]
    return faults


loaded = ModelCard.load("README.md")
print("metadata:", {key: loaded.data.to_dict()[key] for key in ("license", "base_model", "library_name")})
print("result:", [(r.dataset_name, r.metric_type, r.metric_value) for r in loaded.data.eval_results])
print("faults:", check("README.md"))

ModelCard("---\nlicense: mit\n---\n# Model\n\n## Evaluation\n\n## Limitations\nNone known.\n").save("poor.md")
for fault in check("poor.md"):
    print("   ", fault)
