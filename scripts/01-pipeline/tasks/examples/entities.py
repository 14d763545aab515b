"""词元分类：同一个词里的标签不一致时听谁的 · Token classification: whose label wins inside a word.

环境 Environment: pip install torch transformers==5.23.0
概率是手写的，合并由库完成 · The probabilities are made up, the library merges them.
"""

import numpy as np
from transformers import pipeline

tag = pipeline("token-classification", model="dslim/bert-base-NER", device="cpu")
names = tag.model.config.id2label
print("labels:", list(names.values()))


def row(**chances):
    """Probabilities over the labels; what is not named shares the rest."""
    given = {name.replace("_", "-"): chance for name, chance in chances.items()}
    rest = (1 - sum(given.values())) / (len(names) - len(given))
    return np.array([given.get(name, rest) for name in names.values()], dtype=np.float32)


def piece(word, start, scores, subword):
    return {
        "word": word,
        "scores": scores,
        "start": start,
        "end": start + len(word.removeprefix("##")),
        "index": start,
        "is_subword": subword,
    }


pieces = [
    piece("Ber", 0, row(B_PER=0.5, B_LOC=0.4), False),
    piece("##ke", 3, row(B_LOC=0.6, B_PER=0.3), True),
    piece("##ley", 5, row(I_ORG=0.9), True),
    piece("Bank", 9, row(I_ORG=0.8), False),
]
for strategy in ("none", "simple", "first", "average", "max"):
    tag = pipeline(
        "token-classification", tag.model, tokenizer=tag.tokenizer, aggregation_strategy=strategy, device="cpu"
    )
    chosen = tag._postprocess_params["aggregation_strategy"]
    found = tag.aggregate([dict(each) for each in pieces], chosen)
    told = [
        (each["word"], each.get("entity_group", each.get("entity")), round(float(each["score"]), 2)) for each in found
    ]
    print(f"{strategy:8}", *told)
