"""缓存的目录结构 · The layout of the cache.

环境 Environment: pip install huggingface_hub transformers==5.23.0 torch
"""

from pathlib import Path

from huggingface_hub import constants, scan_cache_dir, try_to_load_from_cache
from transformers import AutoConfig

name = "sentence-transformers/all-MiniLM-L6-v2"
AutoConfig.from_pretrained(name)

folder = Path(constants.HF_HUB_CACHE) / ("models--" + name.replace("/", "--"))
print(
    "folder:",
    folder.name,
    "->",
    sorted(path.name for path in folder.iterdir() if path.name in ("refs", "snapshots")),
)
revision = (folder / "refs" / "main").read_text()
print("refs/main holds a commit of", len(revision), "characters")
snapshot = folder / "snapshots" / revision
print("snapshot:", sorted(path.name for path in snapshot.iterdir())[:4])

config = Path(try_to_load_from_cache(name, "config.json"))
print("config.json lies in the snapshot:", config.parent == snapshot)
print(
    "loading by path:",
    AutoConfig.from_pretrained(snapshot).hidden_size == AutoConfig.from_pretrained(name).hidden_size,
)

report = scan_cache_dir()
print(
    "repositories in the cache:",
    len(report.repos) > 5,
    "· this one:",
    any(repo.repo_id == name for repo in report.repos),
)
