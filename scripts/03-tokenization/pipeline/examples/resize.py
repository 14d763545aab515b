"""新词元与嵌入矩阵 · New tokens and the embedding matrix.

环境 Environment: pip install torch transformers==5.23.0
"""

import math

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

torch.manual_seed(0)
name = "openai-community/gpt2"
tokenizer = AutoTokenizer.from_pretrained(name)
model = AutoModelForCausalLM.from_pretrained(name).eval()
text = "The model calls <|tool|> now"
before = tokenizer(text, return_tensors="pt").input_ids
old = model.get_input_embeddings().weight.detach().clone()
print("rows:", len(old), "· tokens of the text:", before.shape[1])

added = tokenizer.add_tokens(["<|tool|>"], special_tokens=True)
again = tokenizer.add_tokens(["<|tool|>"], special_tokens=True)
print("added:", added, "· again:", again, "· entries:", len(tokenizer))
print("tokens of the text now:", len(tokenizer(text).input_ids))
new = tokenizer.convert_tokens_to_ids("<|tool|>")

prompt = tokenizer("The model", return_tensors="pt").input_ids
with torch.no_grad():
    plain = model(prompt).logits[0, -1].log_softmax(-1)


def resized(mean_resizing):
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_pretrained(name).eval()
    model.resize_token_embeddings(len(tokenizer), mean_resizing=mean_resizing)
    return model


for mean_resizing in (True, False):
    model = resized(mean_resizing)
    table = model.get_input_embeddings().weight.detach()
    tied = model.get_output_embeddings().weight.data_ptr() == table.data_ptr()
    with torch.no_grad():
        after = model(prompt).logits[0, -1].log_softmax(-1)
    print(
        f"mean_resizing={mean_resizing}: {tuple(table.shape)}, "
        f"old rows the same: {torch.equal(table[: len(old)], old)}, "
        f"still tied: {tied}, config: {model.config.vocab_size}"
    )
    print(f"    distance of the new row from the mean: {(table[new] - old.mean(0)).norm():.4f}")
    print(
        f"    KL before to after: {(plain.exp() * (plain - after[: len(old)])).sum():.5f}, "
        f"-log(1 - p of the new token): {-torch.log1p(-after[new].exp()):.5f}, "
        f"log(1 + 1/V): {math.log1p(1 / len(old)):.5f}"
    )

model.resize_token_embeddings(len(tokenizer), pad_to_multiple_of=64)
rows = model.get_input_embeddings().weight.shape[0]
print("to a multiple of 64:", rows, "rows for", len(tokenizer), "entries")

with torch.no_grad():  # a start with meaning: the mean of the pieces of a description
    pieces = tokenizer("call a tool", add_special_tokens=False).input_ids
    model.get_input_embeddings().weight[new] = model.get_input_embeddings().weight[pieces].mean(0)
print(
    "set from",
    len(pieces),
    "pieces; tied output row too:",
    torch.equal(model.get_output_embeddings().weight[new], model.get_input_embeddings().weight[new]),
)
