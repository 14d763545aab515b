"""返回值的结构：输入的写法与 top_k 怎样决定它 · What comes back: how the input and top_k decide its structure.

环境 Environment: pip install torch transformers==5.23.0
"""

from transformers import pipeline

classify = pipeline(
    "text-classification", model="distilbert/distilbert-base-uncased-finetuned-sst-2-english", device="cpu"
)


def structure(value):
    """Lists with their length, dictionaries with their keys."""
    if isinstance(value, list):
        return f"list of {len(value)} [{structure(value[0])}]"
    return "{" + ", ".join(value) + "}" if isinstance(value, dict) else type(value).__name__


pair = {"text": "A film about cats.", "text_pair": "A film about dogs."}
print("text              ", structure(classify("Fine.")))
print("text, top_k=1     ", structure(classify("Fine.", top_k=1)))
print("text, top_k=None  ", structure(classify("Fine.", top_k=None)))
print("list              ", structure(classify(["Fine.", "Dull."])))
print("list, top_k=1     ", structure(classify(["Fine.", "Dull."], top_k=1)))
print("list, top_k=None  ", structure(classify(["Fine.", "Dull."], top_k=None)))
print("pair of texts     ", structure(classify(pair)))
print("list of pairs     ", structure(classify([pair, pair])))
print(
    "set when created  ", structure(pipeline("text-classification", classify.model.name_or_path, top_k=None)("Fine."))
)

try:
    classify([["A film about cats.", "A film about dogs."]])
except ValueError as problem:
    print("pair as a list    ", type(problem).__name__, "-", str(problem).split(",")[0])
