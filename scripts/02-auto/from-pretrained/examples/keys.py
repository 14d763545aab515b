"""缺失、多余、形状不符 · Missing, unexpected, mismatched.

环境 Environment: pip install torch transformers==5.23.0 safetensors
模型是随机初始化的小 Llama，无需下载 · The model is a small Llama with random weights: nothing is downloaded.
"""

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, LlamaConfig, LlamaForCausalLM
from transformers.utils import logging

logging.set_verbosity_error()  # without this line the report is also logged, as a table
torch.manual_seed(0)
small = {"vocab_size": 64, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1}
LlamaForCausalLM(LlamaConfig(num_attention_heads=2, **small)).save_pretrained("tiny")


def told(auto, **options):
    model, info = auto.from_pretrained("tiny", output_loading_info=True, **options)
    kinds = ("missing_keys", "unexpected_keys", "mismatched_keys")
    print("  ", {kind.removesuffix("_keys"): sorted(map(str, info[kind])) for kind in kinds})
    return model


print("1. as saved")
told(AutoModelForCausalLM)
print("2. under another head")
told(AutoModelForSequenceClassification, num_labels=3)

weights = load_file("tiny/model.safetensors")
del weights["model.norm.weight"]
weights["model.extra.weight"] = torch.zeros(2)
save_file(weights, "tiny/model.safetensors", {"format": "pt"})
print("3. one weight taken out, one put in")
model = told(AutoModelForCausalLM)
print("   the norm was initialised:", model.model.norm.weight.unique().tolist())

print("4. another vocabulary")
larger = {"vocab_size": 80}  # a field of the configuration, changed on the way
try:
    AutoModelForCausalLM.from_pretrained("tiny", **larger)
except RuntimeError as problem:
    print("  ", type(problem).__name__ + ":", str(problem).split(",")[0])
told(AutoModelForCausalLM, ignore_mismatched_sizes=True, **larger)

print("5. tied, although the file has both with different numbers")
model = AutoModelForCausalLM.from_pretrained("tiny", **{"tie_word_embeddings": True})
print("   tied:", model.lm_head.weight is model.model.embed_tokens.weight)
