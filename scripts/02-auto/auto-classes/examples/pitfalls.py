"""Auto 类的陷阱，逐一运行 · Pitfalls of Auto classes, each of them run.

环境 Environment: pip install torch transformers==5.23.0
"""

import json
import logging
from pathlib import Path

import torch
from transformers import (
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    AutoModelForSequenceClassification,
    BertConfig,
    BertForSequenceClassification,
    LlamaConfig,
    LlamaForCausalLM,
)

logging.getLogger("transformers").setLevel(logging.CRITICAL)
torch.manual_seed(0)
small = {"vocab_size": 50, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
LlamaForCausalLM(LlamaConfig(**small)).save_pretrained("llama")
BertForSequenceClassification(BertConfig(**small)).save_pretrained("bert")


def attempt(what, call):
    try:
        print(what, type(call()).__name__)
    except Exception as error:
        print(what, type(error).__name__, "·", str(error).split("\n")[0][:76])


def edit(folder, **changes):
    path = Path(folder, "config.json")
    written = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({key: value for key, value in written.items() if value is not None}))


attempt("1. the constructor:", lambda: AutoModel())
edit("llama", architectures=["SomethingElse"])
attempt("2. architectures says something else:", lambda: AutoModelForCausalLM.from_pretrained("llama"))
edit("llama", model_type="lama")
attempt("3. model_type misspelt:", lambda: AutoModelForCausalLM.from_pretrained("llama"))
edit("llama", model_type=None)
attempt("4. no model_type:", lambda: AutoModelForCausalLM.from_pretrained("llama"))
edit("llama", model_type="llama")

attempt("5. two labels saved, five asked for:",
        lambda: AutoModelForSequenceClassification.from_pretrained("bert", num_labels=5))
model, info = AutoModelForSequenceClassification.from_pretrained(
    "bert", num_labels=5, ignore_mismatched_sizes=True, output_loading_info=True
)
print("   told to ignore it:", sorted(name for name, *_ in info["mismatched_keys"]), model.classifier.out_features)

_, info = AutoModelForMaskedLM.from_pretrained("bert", output_loading_info=True)
print("6. another head: missing", len(info["missing_keys"]), "unexpected", sorted(info["unexpected_keys"])[:2])
edit("llama", model_type="bert")
model, info = AutoModel.from_pretrained("llama", output_loading_info=True)
print("7. another architecture under the same names:", type(model).__name__, "missing", len(info["missing_keys"]),
      "unexpected", len(info["unexpected_keys"]), "· no exception")
edit("llama", model_type="mine", auto_map={"AutoConfig": "code.MyConfig"})
attempt("8. code in the repository:", lambda: AutoModel.from_pretrained("llama", trust_remote_code=False))
