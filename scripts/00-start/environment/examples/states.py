"""练习解答：保存与恢复随机数的状态 · Solution: saving and restoring the state of random numbers.

环境 Environment: pip install torch transformers==5.23.0
"""

import random

import numpy as np
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
set_seed(0)
model = LlamaForCausalLM(config).train()
ids = torch.arange(8)[None]


def seeded():
    set_seed(3)
    return model(ids).logits


print("seeded before each pass, the same:", torch.equal(seeded(), seeded()))

state = torch.get_rng_state()
first = model(ids).logits
torch.set_rng_state(state)
print("state put back, the same:", torch.equal(first, model(ids).logits))
with torch.random.fork_rng():
    aside = torch.rand(3)
before = torch.get_rng_state()
with torch.random.fork_rng():
    torch.rand(1000)
print("what happens in a fork leaves no trace:", torch.equal(before, torch.get_rng_state()))

set_seed(1)
one = random.random(), np.random.rand(), torch.rand(1).item()
set_seed(1)
two = random.random(), np.random.rand(), torch.rand(1).item()
print("set_seed covers Python, NumPy and torch:", one == two)
own = np.random.default_rng(5).random(), np.random.default_rng(5).random()
print("a generator of one's own needs no global seed:", own[0] == own[1])

set_seed(2)
early = LlamaForCausalLM(config)
torch.rand(1)
late = LlamaForCausalLM(config)
print("a model made one number later is another:", not torch.equal(early.lm_head.weight, late.lm_head.weight))
torch.use_deterministic_algorithms(True)
print("and deterministic algorithms can be asked for:", torch.are_deterministic_algorithms_enabled())
