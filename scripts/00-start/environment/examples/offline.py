"""离线模式：缓存里有的能用，没有的报错 · Offline mode: what is cached works, what is not is an error.

环境 Environment: pip install torch transformers==5.23.0
"""

import os

os.environ["HF_HUB_OFFLINE"] = "1"  # before the first import of the libraries

from huggingface_hub import constants, try_to_load_from_cache  # noqa: E402
from transformers import AutoConfig  # noqa: E402

print("offline:", constants.HF_HUB_OFFLINE)
print("cache ends with:", constants.HF_HUB_CACHE.replace("\\", "/").split("/")[-1])

name = "sentence-transformers/all-MiniLM-L6-v2"
config = AutoConfig.from_pretrained(name)
print("cached:", config.model_type, config.num_hidden_layers, "layers")
print("file in the cache:", type(try_to_load_from_cache(name, "config.json")).__name__)
print("file not there:", try_to_load_from_cache(name, "no-such-file.json"))

try:
    AutoConfig.from_pretrained("nobody/nothing")
except OSError as problem:
    print("not cached:", type(problem).__name__, "-", str(problem).split(".")[0][:70])
