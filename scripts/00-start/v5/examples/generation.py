"""生成与缓存：旧写法的去处 · Generation and caches: where old ways went.

环境 Environment: pip install torch transformers==5.23.0
"""

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer, DynamicCache

name = "HuggingFaceTB/SmolLM2-135M-Instruct"
tokenizer = AutoTokenizer.from_pretrained(name)
model = AutoModelForCausalLM.from_pretrained(name)
inputs = tokenizer("The model reads", return_tensors="pt")
common = dict(max_new_tokens=2, do_sample=False)


def attempt(label, **settings):
    try:
        model.generate(**inputs, **common, **settings)
        print(f"{label:28} works")
    except Exception as problem:  # noqa: BLE001 - the kind of the error is what is shown
        print(f"{label:28} {type(problem).__name__}: {str(problem).split('. ')[0][:70]}")


attempt("beam search", num_beams=2)
attempt("group beam search", num_beams=2, num_beam_groups=2, diversity_penalty=1.0)
attempt("contrastive search", penalty_alpha=0.6, top_k=4)
attempt("an argument made up", temprature=0.7)

cache = DynamicCache(config=model.config)
with torch.no_grad():
    first = model(**inputs, past_key_values=cache)
print("cache:", type(first.past_key_values).__name__, "· the object passed:", first.past_key_values is cache)
print(
    "keys of layer 0:",
    cache.layers[0].keys.shape[2] == inputs["input_ids"].shape[1],
    "· key_cache:",
    hasattr(cache, "key_cache"),
)
old = tuple((layer.keys, layer.values) for layer in cache.layers)
try:
    model(input_ids=inputs["input_ids"][:, :1], past_key_values=old)
except Exception as problem:  # noqa: BLE001
    print("a tuple of tensors:", type(problem).__name__)
again = DynamicCache(old, config=model.config)
print("made from the tuple:", again.get_seq_length() == cache.get_seq_length())
for gone in ("OffloadedCache", "HybridCache", "SinkCache", "QuantizedCache", "StaticCache"):
    print(f"{gone:16} {'there' if hasattr(transformers, gone) else 'gone'}")
# history: key_cache, OffloadedCache, HybridCache, SinkCache
