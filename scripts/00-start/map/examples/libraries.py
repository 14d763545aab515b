"""已安装的各个库及其自述 · The installed libraries, in their own words.

环境 Environment: pip install torch transformers==5.23.0 datasets==5.2.0 peft==0.21.2 accelerate==1.15.0
"""

import re
from importlib.metadata import metadata, requires

ROLES = {
    "huggingface_hub": "files",
    "tokenizers": "text -> ids",
    "datasets": "rows -> batches",
    "safetensors": "weights on disk",
    "transformers": "model definitions",
    "accelerate": "devices",
    "peft": "small trainable parts",
}

for name, role in ROLES.items():
    summary = metadata(name)["Summary"] or "(says nothing of itself)"
    print(f"{name:16} {role:22} {summary[:72]}")

always = [line for line in requires("transformers") if "extra ==" not in line]
names = {re.match(r"[\w-]+", line)[0].replace("-", "_") for line in always}
print("transformers cannot do without:", ", ".join(sorted(names & set(ROLES))))
print("and can do without:", ", ".join(sorted(set(ROLES) - names - {"transformers"})))
