"""取单个文件、取整个仓库 · One file, a whole repository.

环境 Environment: pip install huggingface_hub transformers==5.23.0 torch
"""

import json
from pathlib import Path

from huggingface_hub import hf_hub_download, snapshot_download
from huggingface_hub.errors import LocalEntryNotFoundError

name = "sentence-transformers/all-MiniLM-L6-v2"
config = json.loads(Path(hf_hub_download(name, "config.json", revision="main")).read_text())
print("one file:", config["model_type"], config["hidden_size"])

folder = Path(snapshot_download(name, allow_patterns=["*.json"]))
print("repository:", len([path for path in folder.iterdir() if path.suffix == ".json"]) > 2, "json files")
print("the revision is the folder's name:", len(folder.name) == 40)

try:
    hf_hub_download(name, "no-such-file.json", local_files_only=True)
except LocalEntryNotFoundError as problem:
    print("not in the cache:", type(problem).__name__)
