"""练习的解：目录是否自足 · Solution: is a folder complete?

环境 Environment: pip install torch transformers==5.23.0
"""

import logging
import shutil
from pathlib import Path

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

logging.getLogger("transformers").setLevel(logging.CRITICAL)
PROBES = ["A warm and funny film.", "Dull from start to end."]


def complete(folder, model, tokenizer):
    """What is wrong with a folder, judged by loading it elsewhere and using it; empty where nothing is."""
    shutil.rmtree("elsewhere", ignore_errors=True)
    shutil.copytree(folder, "elsewhere")
    faults = []
    again, info = type(model).from_pretrained("elsewhere", output_loading_info=True)
    faults += [f"missing weights: {len(info['missing_keys'])}"] if info["missing_keys"] else []
    words = AutoTokenizer.from_pretrained("elsewhere")
    if len(words) != len(tokenizer):
        faults.append(f"the tokenizer has {len(words)} entries, it should have {len(tokenizer)}")
    one, two = (tokens(PROBES, padding=True, return_tensors="pt") for tokens in (tokenizer, words))
    with torch.no_grad():
        if one["input_ids"].tolist() != two["input_ids"].tolist():
            faults.append("other ids for the same text")
        elif not torch.equal(model(**one).logits, again(**two).logits):
            faults.append("other outputs for the same ids")
    if any(label.startswith("LABEL_") for label in again.config.id2label.values()):
        faults.append("labels have no names")
    return faults


name = "sentence-transformers/all-MiniLM-L6-v2"
tokenizer = AutoTokenizer.from_pretrained(name)
labels = {"id2label": {0: "bad", 1: "good"}, "label2id": {"bad": 0, "good": 1}}
model = AutoModelForSequenceClassification.from_pretrained(name, **labels).eval()
model.save_pretrained("mine")
tokenizer.save_pretrained("mine")
print("all of it:", complete("mine", model, tokenizer))
Path("mine/tokenizer.json").unlink()
print("without tokenizer.json:", complete("mine", model, tokenizer))
tokenizer.save_pretrained("mine")
model.save_pretrained("mine", state_dict={k: v for k, v in model.state_dict().items() if "classifier" not in k})
print("without the head:", complete("mine", model, tokenizer))
