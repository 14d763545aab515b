"""输出对象：字段、位置与可选的部分 · Output objects: fields, places, optional parts.

环境 Environment: pip install torch transformers==5.23.0
"""

import torch
from transformers import AutoModel, AutoModelForCausalLM, AutoTokenizer

name = "sentence-transformers/all-MiniLM-L6-v2"
tokenizer = AutoTokenizer.from_pretrained(name)
model = AutoModel.from_pretrained(name, attn_implementation="eager").eval()
inputs = tokenizer("One output, many fields", return_tensors="pt")


def run(**options):
    with torch.no_grad():
        return model(**inputs, **options)


def shape(value):
    if isinstance(value, torch.Tensor):
        return tuple(value.shape)
    return f"{len(value)} of {tuple(value[0].shape)}" if value else "empty"


for options in ({}, {"output_hidden_states": True}, {"output_hidden_states": True, "output_attentions": True}):
    output = run(**options)
    print({key: shape(value) for key, value in output.items()})
print("not asked for:", run().attentions, "· by key:", "attentions" in run(), "· places:", len(run().to_tuple()))
print("place 2 with hidden states:", shape(run(output_hidden_states=True)[2]))
print("place 2 with attentions only:", shape(run(output_attentions=True)[2]))

states = run(output_hidden_states=True).hidden_states
print("hidden states: embeddings and", len(states) - 1, "layers · the last is the output:",
      torch.equal(states[-1], run().last_hidden_state))

plain = run(return_dict=False)
print("return_dict=False:", type(plain).__name__, len(plain))
options = {"add_pooling_layer": False}  # an argument of BERT's own class
bare = AutoModel.from_pretrained(name, **options)
with torch.no_grad():
    print("without the pooler:", list(bare(**inputs)))

decoder = AutoModelForCausalLM.from_pretrained("Qwen/Qwen3-0.6B").eval()
ids = torch.arange(10)[None]
with torch.no_grad():
    for options in ({}, {"labels": ids}, {"use_cache": False}, {"logits_to_keep": 1}):
        output = decoder(ids, **options)
        print(f"{options and list(options)!s:20} {list(output)} logits {tuple(output.logits.shape)}")
