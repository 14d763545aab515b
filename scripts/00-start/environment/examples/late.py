"""陷阱：环境变量设得太晚，以及缓存的位置 · Pitfalls: variables set too late, and where the cache is.

环境 Environment: pip install torch transformers==5.23.0
"""

import os
import subprocess
import sys

SEEN = "from huggingface_hub import constants; print(constants.HF_HUB_OFFLINE, constants.HF_HUB_CACHE)"


def run(program, **variables):
    """What a program of its own prints, with these variables and no others of the Hub's."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("HF_", "XDG_CACHE"))}
    done = subprocess.run([sys.executable, "-c", program], env=kept | variables, capture_output=True, text=True)
    return done.stdout.strip()


print("1. before the import:", run(SEEN, HF_HUB_OFFLINE="1").split()[0])
for first in ("import huggingface_hub", "from huggingface_hub import constants", "from transformers import AutoModel"):
    print(f"   after {first!r}:", run(f"{first}; import os; os.environ['HF_HUB_OFFLINE'] = '1'; {SEEN}").split()[0])
values = {value: run(SEEN, HF_HUB_OFFLINE=value).split()[0] for value in ("1", "true", "yes", "on", "0", "")}
print("2. values that count:", [value for value, told in values.items() if told == "True"])
print(
    "3. HF_HOME:",
    run(SEEN, HF_HOME="/data/hf").split()[1],
    "· HF_HUB_CACHE:",
    run(SEEN, HF_HUB_CACHE="/data/hub").split()[1],
)
print("   both:", run(SEEN, HF_HOME="/data/hf", HF_HUB_CACHE="/data/hub").split()[1], "- the narrower one wins")
print("   neither:", "/".join(run(SEEN).split()[1].split("/")[-3:]))
print("4. the old TRANSFORMERS_CACHE:", run(SEEN, TRANSFORMERS_CACHE="/old").split()[1] == "/old")
local = (
    "from transformers import AutoConfig\ntry: AutoConfig.from_pretrained('nobody/nothing', local_files_only=True)\n"
)
local += "except OSError as problem: print(type(problem).__name__)"
print("5. local_files_only, without the variable:", run(local))
