"""换分词器：旧的嵌入还剩下什么 · Changing the tokenizer: what is left of the old embeddings.

环境 Environment: pip install torch transformers==5.23.0
"""

import math
import pydoc_data.topics

import torch
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

documents = [pydoc_data.topics.topics[name] for name in sorted(pydoc_data.topics.topics)]
text, held_out = "".join(documents[:60]), "".join(documents[60:])
base = AutoTokenizer.from_pretrained("openai-community/gpt2")
small = base.train_new_from_iterator(documents[:30], vocab_size=700, show_progress=False)
large = base.train_new_from_iterator(documents[30:60], vocab_size=1000, show_progress=False)


def measure(model, tokenizer):
    """Bits per byte of held-out text: unlike a loss per token it can be compared between tokenizers."""
    ids = torch.tensor(tokenizer(held_out, verbose=False).input_ids[: 64 * 65]).view(64, 65)
    size = sum(len(tokenizer.decode(row[1:]).encode()) for row in ids)
    with torch.no_grad():
        loss = model(input_ids=ids, labels=ids).loss.item()
    return loss, loss * 64 * 64 / math.log(2) / size


def learn(model, tokenizer, steps):
    ids = torch.tensor(tokenizer(text, verbose=False).input_ids)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(steps):
        rows = torch.stack([ids[start : start + 65] for start in torch.randint(len(ids) - 65, (16,))])
        model(input_ids=rows, labels=rows).loss.backward()
        optimizer.step()
        optimizer.zero_grad()


def fresh(size):
    torch.manual_seed(0)
    shape = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}
    return LlamaForCausalLM(LlamaConfig(vocab_size=size, tie_word_embeddings=True, **shape))


def adapted(kind):
    """The model of the small vocabulary, its body kept, its embedding made to fit the large one."""
    model = fresh(len(small))
    model.load_state_dict(trained)
    old = model.get_input_embeddings().weight.detach().clone()
    table = model.resize_token_embeddings(len(large)).weight
    with torch.no_grad():
        for number in range(len(large)):
            if kind == "from pieces":  # the same text in old tokens: their mean
                table[number] = old[small(large.decode([number])).input_ids or [0]].mean(0)
            elif kind == "at random":
                table[number] = torch.randn(64) * old.std()
    return model


model = fresh(len(small))
learn(model, small, 200)
trained = {name: value.clone() for name, value in model.state_dict().items()}
print("old tokenizer:              loss {:.2f}, bits per byte {:.2f}".format(*measure(model, small)))
for kind in ("ids as they are", "at random", "from pieces"):
    model = adapted(kind)
    at_once = measure(model, large)
    torch.manual_seed(1)
    learn(model, large, 60)
    after = measure(model, large)
    print(f"new one, rows {kind:15}: at once {at_once[1]:.1f} bits per byte, after 60 steps {after[1]:.1f}")
torch.manual_seed(1)
model = fresh(len(large))
learn(model, large, 60)
print(f"new one, all from scratch     : after 60 steps {measure(model, large)[1]:.1f}")
