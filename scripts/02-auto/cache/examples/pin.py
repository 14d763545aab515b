"""练习的解：载入模型，并说出所用的提交 · Solution: load a model and tell which commit it is.

环境 Environment: pip install huggingface_hub transformers==5.23.0 torch
"""

import re
from pathlib import Path

from huggingface_hub import try_to_load_from_cache
from transformers import AutoModel

COMMIT = re.compile(r"[0-9a-f]{40}")


def load_pinned(auto, name, revision="main", **options):
    """The model and the full commit it was loaded from. ValueError where that cannot be told."""
    model = auto.from_pretrained(name, revision=revision, **options)
    path = try_to_load_from_cache(name, "config.json", revision=revision)
    commit = Path(path).parent.name if isinstance(path, str) else ""
    if not COMMIT.fullmatch(commit):
        raise ValueError(f"{name}: not from the cache, so its commit is unknown")
    return model, commit


name = "sentence-transformers/all-MiniLM-L6-v2"
model, commit = load_pinned(AutoModel, name)
print("commit:", len(commit), "characters")
again, same = load_pinned(AutoModel, name, revision=commit)
print("loaded by it:", same == commit, "· equal:", all(
    one.equal(two) for one, two in zip(model.state_dict().values(), again.state_dict().values())
))
print("not in the cache:", try_to_load_from_cache(name, "no-such-file.json"))
try:
    load_pinned(AutoModel, name, revision="f" * 40)
except OSError as error:
    print("an unknown commit, offline:", type(error).__name__)
