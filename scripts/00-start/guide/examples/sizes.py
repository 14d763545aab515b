"""练习解答：参数量的公式，在真实尺寸上核对 · Solution: the formula for parameters, checked at real sizes.

环境 Environment: pip install torch transformers==5.23.0
模型建在 meta 设备上：只有形状，没有权重 · Models are on the meta device: shapes without weights.
"""

import torch
from transformers import LlamaConfig, LlamaForCausalLM

SIZES = {
    "first.py": dict(vocab_size=100, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4),
    "1 billion": dict(
        vocab_size=128_256,
        hidden_size=2048,
        intermediate_size=8192,
        num_hidden_layers=16,
        num_attention_heads=32,
        num_key_value_heads=8,
        tie_word_embeddings=True,
    ),
    "8 billion": dict(
        vocab_size=128_256,
        hidden_size=4096,
        intermediate_size=14_336,
        num_hidden_layers=32,
        num_attention_heads=32,
        num_key_value_heads=8,
    ),
}


def parameters(config):
    """Embedding, output unless tied, and per layer attention, MLP and two norms; one norm at the end."""
    d, m, layers = config.hidden_size, config.intermediate_size, config.num_hidden_layers
    narrow = config.num_key_value_heads * (d // config.num_attention_heads)
    attention = 2 * d * d + 2 * d * narrow
    tables = config.vocab_size * d * (1 if config.tie_word_embeddings else 2)
    return tables + layers * (attention + 3 * d * m + 2 * d) + d


for name, sizes in SIZES.items():
    config = LlamaConfig(**sizes)
    with torch.device("meta"):
        model = LlamaForCausalLM(config)
    counted = sum(weight.numel() for weight in model.parameters())
    embedding = config.vocab_size * config.hidden_size / counted
    print(
        f"{name:10} {counted:>13,} formula: {parameters(config) == counted}"
        f" · bf16 {2 * counted / 2**30:6.2f} GiB · one embedding is {embedding:.0%} of it"
    )
