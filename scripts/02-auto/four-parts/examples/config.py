"""配置即结构：核对、估算、差异 · Configuration is structure: checks, estimates, differences.

环境 Environment: pip install torch transformers==5.23.0
"""

import torch
from transformers import AutoConfig, AutoModelForCausalLM, LlamaConfig

config = AutoConfig.from_pretrained("Qwen/Qwen3-0.6B")
print(type(config).__name__, "·", config.model_type, "· fewer fields than all:",
      len(config.to_diff_dict()) < len(config.to_dict()))
print("layers", config.num_hidden_layers, "· rope", config.rope_parameters["rope_type"], "· dtype", config.dtype)

for what, wrong in {
    "a word for a number": {"num_hidden_layers": "many"},
    "10 does not divide into 3 heads": {"hidden_size": 10, "num_attention_heads": 3},
}.items():
    try:
        LlamaConfig(**wrong)
    except Exception as error:
        print(f"{what}: {type(error).__name__} · {str(error).splitlines()[-1].strip()[:62]}")
misspelt = LlamaConfig(**{"num_hiden_layers": 2})
kept = misspelt.to_dict()
print("a field nobody knows is kept:", kept["num_hiden_layers"], "· layers:", misspelt.num_hidden_layers)


def parameters(c):
    """Of a Llama, from its configuration alone."""
    head = c.hidden_size // c.num_attention_heads
    attention = 2 * c.hidden_size * head * (c.num_attention_heads + c.num_key_value_heads)
    layer = attention + 3 * c.hidden_size * c.intermediate_size + 2 * c.hidden_size
    tables = 1 if c.tie_word_embeddings else 2
    return c.num_hidden_layers * layer + tables * c.vocab_size * c.hidden_size + c.hidden_size


seven = LlamaConfig()  # the defaults are those of Llama 7B
grouped = LlamaConfig(num_hidden_layers=32, num_key_value_heads=8, intermediate_size=14336, hidden_size=4096,
                      num_attention_heads=32, vocab_size=128256)
for name, c in (("defaults", seven), ("8 key-value heads, vocabulary 128256", grouped)):
    with torch.device("meta"):  # shapes without memory
        real = AutoModelForCausalLM.from_config(c).num_parameters()
    count = parameters(c)
    cache = 2 * c.num_hidden_layers * c.num_key_value_heads * (c.hidden_size // c.num_attention_heads) * 2
    print(f"{name}: {count:,} · as the library: {count == real} · bf16 {2 * count / 1e9:.1f} GB"
          f" · cache {cache / 1024:.0f} KiB a token")
