"""对象形状的变化：聊天模板、缓存、位置编码 · Objects that changed shape: chat template, cache, rotary positions.

环境 Environment: pip install torch transformers==5.23.0
"""

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

name = "Qwen/Qwen3-0.6B"
tokenizer = AutoTokenizer.from_pretrained(name)
model = AutoModelForCausalLM.from_pretrained(name)
print("dtype without asking:", model.dtype)

chat = [{"role": "user", "content": "Hello"}]
inputs = tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_tensors="pt")
print("apply_chat_template gives:", type(inputs).__name__, sorted(inputs))

with torch.no_grad():
    output = model(**inputs, use_cache=True)
cache = output.past_key_values
print("cache:", type(cache).__name__, "with", len(cache.layers), "layers, subscripted:", hasattr(cache, "__getitem__"))
print("keys of a layer have", cache.layers[0].keys.ndim, "axes: batch, key-value heads, tokens, width")
print("tokens in the cache equal tokens in the prompt:", cache.get_seq_length() == inputs["input_ids"].shape[1])
print("rope_parameters:", sorted(model.config.rope_parameters))
print("tokenizer classes:", " <- ".join(kind.__name__ for kind in type(tokenizer).__mro__[:3]))
for gone in ("encode_plus", "batch_encode_plus", "as_target_tokenizer"):
    print(f"{gone:20}", "there" if hasattr(tokenizer, gone) else "gone")
