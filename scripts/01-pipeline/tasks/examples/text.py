"""文本任务：输入与返回值的结构 · Text tasks: what goes in and the structure of what comes out.

环境 Environment: pip install torch transformers==5.23.0
"""

from transformers import pipeline

NAMES = "My name is Clara and I live in Berkeley."


def structure(value):
    """Types and keys instead of values."""
    if isinstance(value, list):
        return f"list[{structure(value[0]) if value else ''}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {structure(each)}" for key, each in value.items()) + "}"
    return type(value).__name__


fill = pipeline("fill-mask", model="google-bert/bert-base-uncased", device="cpu")
print("fill-mask", structure(fill("Paris is the [MASK] of France.")))

tag = pipeline("token-classification", model="dslim/bert-base-NER", device="cpu")
grouped = pipeline("token-classification", model="dslim/bert-base-NER", aggregation_strategy="simple", device="cpu")
print("token-classification", structure(tag(NAMES)[:1] or [{}]))
print("aggregated", structure(grouped(NAMES)[:1] or [{}]))

zero = pipeline("zero-shot-classification", model="facebook/bart-large-mnli", device="cpu")
print("zero-shot", structure(zero("The match ended in a draw.", candidate_labels=["sport", "politics", "music"])))

embed = pipeline("feature-extraction", model="sentence-transformers/all-MiniLM-L6-v2", device="cpu")
vectors = embed("Hello world", return_tensors=True)
print("feature-extraction", tuple(vectors.shape))
