"""五个陷阱，逐一运行给你看 · Five pitfalls, each of them run.

环境 Environment: pip install torch transformers==5.23.0 safetensors
模型是随机初始化的小 Llama，无需下载 · The model is a small Llama with random weights: nothing is downloaded.
"""

import torch
from transformers import AutoModel, AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM
from transformers.utils import logging

logging.set_verbosity_error()
torch.manual_seed(0)
small = {"vocab_size": 64, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2}
LlamaForCausalLM(LlamaConfig(num_attention_heads=2, **small)).save_pretrained("tiny")

for wrong in ({"load_in_4bit": True}, {"use_auth_token": "hf_..."}, {"hiden_size": 16}):
    try:
        AutoModelForCausalLM.from_pretrained("tiny", **wrong)
    except TypeError as problem:
        print("1.", type(problem).__name__ + ":", str(problem).rpartition("__init__() ")[2])
cut = AutoModelForCausalLM.from_pretrained("tiny", **{"num_hidden_layers": 1})
print("2. a field of the configuration is changed without a word:", cut.config.num_hidden_layers, "layer")

with torch.device("meta"):
    hollow = AutoModel.from_config(cut.config)
try:
    hollow.to("cpu")
except NotImplementedError as problem:
    print("3. a model on meta cannot be moved:", str(problem).split(";")[0])
full = hollow.to_empty(device="cpu")
print("   to_empty gives it memory, and whatever lies there:", not next(full.parameters()).is_meta)

loaded = AutoModelForCausalLM.from_pretrained("tiny")
made = LlamaForCausalLM(cut.config)
print("4. after loading, training is", loaded.training, "· after the constructor", made.training)

with torch.no_grad():
    loaded.model.norm.weight.fill_(2.0)
again = AutoModelForCausalLM.from_pretrained("tiny")
print("5. writing into a mapped weight changes the file:", bool((again.model.norm.weight == 2).all()))
