"""kernels 与注意力的登记处：实现可以替换 · kernels and the registry of attention: implementations can be exchanged.

环境 Environment: pip install torch transformers==5.23.0
"""

from importlib.metadata import requires
from importlib.util import find_spec

import torch
from transformers import AttentionInterface, AutoModel, AutoTokenizer

asked = next(each for each in requires("transformers") if each.startswith("kernels"))
print("kernels is optional:", "extra ==" in asked, "· installed here:", find_spec("kernels") is not None)
print("registered:", [name for name in sorted(AttentionInterface().valid_keys()) if "paged" not in name])

name = "sentence-transformers/all-MiniLM-L6-v2"
inputs = AutoTokenizer.from_pretrained(name)("Implementations can be exchanged.", return_tensors="pt")
found = {}
for implementation in ("sdpa", "eager"):
    model = AutoModel.from_pretrained(name, attn_implementation=implementation)
    with torch.no_grad():
        found[implementation] = model(**inputs).last_hidden_state
print("sdpa and eager agree to 1e-5:", torch.allclose(found["sdpa"], found["eager"], atol=1e-5))

calls = []


def counted(module, query, key, value, attention_mask, **settings):
    calls.append(query.shape[1])
    return AttentionInterface()["sdpa"](module, query, key, value, attention_mask, **settings)


AttentionInterface.register("counted", counted)
model = AutoModel.from_pretrained(name, attn_implementation="counted")
with torch.no_grad():
    same = torch.allclose(model(**inputs).last_hidden_state, found["sdpa"], atol=1e-5)
print("one of our own:", len(calls), "layers,", calls[0], "heads each · the same result:", same)

try:
    AutoModel.from_pretrained(name, attn_implementation="kernels-community/flash-attn2")
except (ImportError, ValueError) as problem:
    print("from the Hub, without the package:", type(problem).__name__)
