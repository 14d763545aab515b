"""为什么不用 pickle：读取就是执行 · Why not pickle: to read it is to run it.

环境 Environment: pip install torch transformers==5.23.0 safetensors
文件里的命令是无害的 · The command in the file is harmless.
"""

import pickle
import pickletools
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file


class Surprise:
    """What pickle rebuilds by calling a function: here it writes a file, it might as well delete some."""

    def __reduce__(self):
        return Path.write_text, (Path("owned.txt"), "by a file of weights")


torch.save({"weight": torch.ones(2, 2), "extra": Surprise()}, "model.bin")
try:
    torch.load("model.bin")  # weights_only=True is the default
except pickle.UnpicklingError as error:
    print("weights_only=True:", str(error).splitlines()[0][:60], "· executed:", Path("owned.txt").exists())
torch.load("model.bin", weights_only=False)
print("weights_only=False: loaded without a word · executed:", Path("owned.txt").exists())

calls = [name for name, _, _ in pickletools.genops(pickle.dumps(Surprise())) if name.name in ("STACK_GLOBAL", "REDUCE")]
print("instructions of the pickle machine that import and call:", [operation.name for operation in calls])

torch.save({"weight": torch.arange(4.0).view(2, 2), "steps": 7}, "plain.bin")
plain = torch.load("plain.bin", weights_only=True)
save_file(
    {name: value for name, value in plain.items() if isinstance(value, torch.Tensor)},
    "plain.safetensors",
    metadata={"steps": str(plain["steps"])},  # text only: there is nothing that could run
)
print("converted, tensors equal:", torch.equal(load_file("plain.safetensors")["weight"], plain["weight"]))
try:
    save_file({"weight": torch.ones(2), "extra": Surprise()}, "no.safetensors")
except Exception as error:
    print("an object in safetensors:", type(error).__name__, "·", str(error)[:60])
