"""给自己的结果盖印章 · A stamp for results of your own.

环境 Environment: pip install torch transformers==5.23.0
"""

import hashlib
import json
import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import torch
from transformers import LlamaConfig, LlamaForCausalLM, set_seed

SEED = 0


def stamp(script, seed):
    """What somebody needs to make the result again."""
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "python": platform.python_version(),
        "packages": {name: version(name) for name in ("torch", "transformers")},
        "device": str(torch.accelerator.current_accelerator() or "cpu"),
        "threads": torch.get_num_threads(),
        "seed": seed,
        "source": hashlib.sha256(Path(script).read_bytes()).hexdigest()[:12],
    }


set_seed(SEED)
config = LlamaConfig(vocab_size=64, hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=2)
loss = LlamaForCausalLM(config)(input_ids=torch.arange(16)[None], labels=torch.arange(16)[None]).loss.item()
Path("result.json").write_text(json.dumps({"loss": loss, "stamp": stamp(sys.argv[0], SEED)}, indent=1))

read = json.loads(Path("result.json").read_text())
print("loss:", round(read["loss"], 3))
print("stamp:", sorted(read["stamp"]))
print("packages:", sorted(read["stamp"]["packages"]))
print("same program as now:", read["stamp"]["source"] == stamp(sys.argv[0], SEED)["source"])
