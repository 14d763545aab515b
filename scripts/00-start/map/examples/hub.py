"""Hub：一个仓库、一个修订版本、一份缓存 · The Hub: a repository, a revision, a cache.

环境 Environment: pip install torch transformers==5.23.0
"""

import os
from pathlib import Path

from huggingface_hub import hf_hub_download, scan_cache_dir, snapshot_download, try_to_load_from_cache

name = "google-bert/bert-base-uncased"
folder = Path(snapshot_download(name, revision="main"))
print("files:", sorted(path.name for path in folder.iterdir()))
print("the folder is named after the commit:", len(folder.name) == 40, "· below:", folder.parent.name)

by_branch = hf_hub_download(name, "config.json", revision="main")
by_commit = hf_hub_download(name, "config.json", revision=folder.name)
print("branch and commit lead to one file:", by_branch == by_commit)
print("what a branch points to:", (folder.parents[1] / "refs" / "main").read_text() == folder.name)

print("in the cache:", try_to_load_from_cache(name, "config.json") == by_branch)
print("not in the cache:", try_to_load_from_cache(name, "no-such-file"))
try:
    hf_hub_download(name, "config.json", revision="no-such-branch")
except Exception as problem:  # noqa: BLE001 - which error it is depends on the network
    print("a revision that is not there:", type(problem).__name__)

cache = scan_cache_dir(Path(os.environ["HF_HOME"]) / "hub") if "HF_HOME" in os.environ else scan_cache_dir()
kept = [repository for repository in cache.repos if repository.repo_id == name]
print("repositories of this name:", len(kept), "· kind:", kept[0].repo_type, "· revisions:", len(kept[0].revisions))
