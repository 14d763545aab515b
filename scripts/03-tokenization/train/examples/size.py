"""练习的解：按总成本选词表大小 · Solution: choosing the size of the vocabulary by total cost.

环境 Environment: pip install tokenizers==0.23.3
"""

import pydoc_data.topics

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

documents = [pydoc_data.topics.topics[name] for name in sorted(pydoc_data.topics.topics)]
held_out = "".join(documents[60:])


def tokens_per_byte(size):
    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=size, initial_alphabet=alphabet, show_progress=False)
    core.train_from_iterator(documents[:60], trainer)
    return len(core.encode(held_out).ids) / len(held_out.encode())


sizes = (300, 500, 1000, 2000, 4000)
rates = {size: tokens_per_byte(size) for size in sizes}
for width, layers in ((64, 2), (256, 4), (1024, 12)):
    body = 12 * layers * width**2  # multiplications a token in the layers, about
    costs = {size: rates[size] * (body + size * width) for size in sizes}  # and in the output layer
    best = min(costs, key=costs.get)
    shown = "  ".join(f"{size}: {cost / costs[best]:.2f}" for size, cost in costs.items())
    print(f"width {width:4}, {layers:2} layers · cost of a byte relative to the best  {shown}  best {best}")
