"""四个部件怎样配合 · How the four parts work together.

环境 Environment: pip install torch transformers==5.23.0
"""

import torch
from transformers import AutoConfig, AutoModel, AutoModelForMaskedLM, AutoTokenizer

name = "sentence-transformers/all-MiniLM-L6-v2"
config = AutoConfig.from_pretrained(name)
tokenizer = AutoTokenizer.from_pretrained(name)
model = AutoModel.from_pretrained(name)

print("config   ", type(config).__name__, config.model_type, config.hidden_size, config.num_hidden_layers)
print("tokenizer", type(tokenizer).__name__, len(tokenizer), tokenizer.model_max_length)
print("model    ", type(model).__name__, model.num_parameters(), model.dtype)

inputs = tokenizer(["Hello world", "Four parts, one model"], padding=True, return_tensors="pt")
with torch.no_grad():
    output = model(**inputs)
print("input    ", sorted(inputs), tuple(inputs["input_ids"].shape))
print("output   ", type(output).__name__, list(output))
print("by name, by key, by place:", output.last_hidden_state is output["last_hidden_state"] is output[0])
print("as a tuple:", [tuple(part.shape) for part in model(**inputs, return_dict=False)])

empty = AutoModel.from_config(config)
same = all(one.shape == two.shape for one, two in zip(empty.parameters(), model.parameters()))
print(
    "structure without weights:",
    same,
    "· same numbers:",
    torch.equal(next(empty.parameters()), next(model.parameters())),
)

head = AutoModelForMaskedLM.from_config(config)
print(
    "same backbone, another head:",
    type(head).__name__,
    "adds",
    head.num_parameters() - head.bert.num_parameters(),
    "parameters",
)
