"""随机性从何而来 · Where randomness comes from.

环境 Environment: pip install torch transformers==5.23.0
"""

import torch
from transformers import LlamaConfig, LlamaForCausalLM, set_seed

config = LlamaConfig(
    vocab_size=64,
    hidden_size=32,
    intermediate_size=64,
    num_hidden_layers=1,
    num_attention_heads=2,
    attention_dropout=0.5,
)


def made(seed):
    set_seed(seed)
    return LlamaForCausalLM(config)


one, two, three = made(0), made(0), made(1)
weight = "model.embed_tokens.weight"
print("same seed, same weights:", torch.equal(one.state_dict()[weight], two.state_dict()[weight]))
print("other seed, same weights:", torch.equal(one.state_dict()[weight], three.state_dict()[weight]))

ids = torch.arange(8)[None]
one.train()
print("training mode twice:", torch.equal(one(ids).logits, one(ids).logits))
one.eval()
print("evaluation mode twice:", torch.equal(one(ids).logits, one(ids).logits))

settings = dict(max_new_tokens=6, do_sample=True, pad_token_id=0, eos_token_id=None)
set_seed(7)
first = one.generate(ids, **settings)
second = one.generate(ids, **settings)
set_seed(7)
third = one.generate(ids, **settings)
print(
    "sampling twice in a row:",
    torch.equal(first, second),
    "· again from the seed:",
    torch.equal(first, third),
)
