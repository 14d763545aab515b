"""从外面观察一次载入：打开的文件、出现的参数 · A load watched from outside: files opened, parameters appearing.

环境 Environment: pip install torch transformers==5.23.0 safetensors
模型是随机初始化的小 Llama，无需下载 · The model is a small Llama with random weights: nothing is downloaded.
"""

import json
import sys
from pathlib import Path

import torch
from torch.nn.modules.module import register_module_parameter_registration_hook
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

torch.manual_seed(0)
small = {"vocab_size": 512, "hidden_size": 64, "intermediate_size": 192, "num_hidden_layers": 4}
model = LlamaForCausalLM(LlamaConfig(num_attention_heads=4, tie_word_embeddings=True, **small)).to(torch.bfloat16)
model.save_pretrained("tiny", max_shard_size="150KB")
index = json.loads(Path("tiny/model.safetensors.index.json").read_text())["weight_map"]

events = []


def audit(event, args):
    if event == "open" and str(args[0]).startswith("tiny/"):
        events.append(("open", Path(args[0]).name))


def registered(module, name, parameter):
    if parameter is not None:
        events.append(("meta" if parameter.is_meta else "weight", (module, name)))


sys.addaudithook(audit)
hook = register_module_parameter_registration_hook(registered)
loaded = AutoModelForCausalLM.from_pretrained("tiny")
hook.remove()

kinds = [kind for kind, _ in events]
print("phases:", " -> ".join(kind for n, kind in enumerate(kinds) if n == 0 or kind != kinds[n - 1]))
print("opened:", list(dict.fromkeys(what for kind, what in events if kind == "open")))
print("parameters on meta:", kinds.count("meta"), "· with weights:", kinds.count("weight"))
names = {id(module): name for name, module in loaded.named_modules()}
arrived = [f"{names[id(what[0])]}.{what[1]}" for kind, what in events if kind == "weight"]
for name in arrived[:11]:
    print(f"  {index[name]:34} {name}")
print("last:", arrived[-1], "· in the index:", arrived[-1] in index)
files = [index[name] for name in arrived if name in index]
print("one file after another:", files == sorted(files))
