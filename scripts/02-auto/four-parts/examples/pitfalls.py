"""四个部件的陷阱，逐一运行 · Pitfalls of the four parts, each of them run.

环境 Environment: pip install torch transformers==5.23.0
"""

import logging

import torch
from transformers import AutoConfig, AutoModel, AutoTokenizer

logging.getLogger("transformers").setLevel(logging.CRITICAL)
torch.manual_seed(0)
name = "sentence-transformers/all-MiniLM-L6-v2"
config, tokenizer = AutoConfig.from_pretrained(name), AutoTokenizer.from_pretrained(name)
model = AutoModel.from_pretrained(name).eval()
text = "The cat sleeps."
inputs = tokenizer(text, return_tensors="pt")


def vector(model, inputs):
    with torch.no_grad():
        return torch.nn.functional.normalize(model(**inputs).last_hidden_state.mean(1), dim=1)


def cosine(one, two):
    return f"{(one * two).sum().item():.2f}"


reference = vector(model, inputs)
other = AutoTokenizer.from_pretrained("openai-community/gpt2")(text, return_tensors="pt")
print("1. ids of another tokenizer, all within the vocabulary:", bool((other["input_ids"] < config.vocab_size).all()),
      "· the same vector:", torch.allclose(vector(model, other), reference, atol=0.1))

try:
    model(**inputs).logits
except AttributeError as error:
    print("2. no head:", str(error)[:72])

narrow, livelier, shallow = {"hidden_size": 192}, {"hidden_dropout_prob": 0.3}, {"num_hidden_layers": 3}
try:
    AutoModel.from_pretrained(name, **narrow)
except Exception as error:
    print("3. another width, the old weights:", type(error).__name__)
changed = AutoModel.from_pretrained(name, **livelier)
print("   what does not change shapes may be overridden:", changed.config.hidden_dropout_prob)

shorter = AutoModel.from_pretrained(name, **shallow).eval()
print("4. half of the layers: no exception, cosine", cosine(vector(shorter, inputs), reference))

empty = AutoModel.from_config(config).eval()
print("5. from_config has random weights:", not torch.allclose(vector(empty, inputs), reference, atol=0.1))

model.train()
print("6. training mode, twice the same:", torch.equal(vector(model, inputs), vector(model, inputs)))
model.eval()

long = tokenizer("word " * 600, return_tensors="pt")
try:
    model(**long)
except Exception as error:
    count = long["input_ids"].shape[1]
    print("7.", count, "tokens, at most", config.max_position_embeddings, "·", type(error).__name__)
print("   the tokenizer's limit is", tokenizer.model_max_length, "· of GPT-2's stand-in",
      AutoTokenizer.from_pretrained("openai-community/gpt2").model_max_length)
