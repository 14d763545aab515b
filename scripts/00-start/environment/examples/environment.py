"""设备、数据类型与可选后端 · Devices, dtypes and optional backends.

环境 Environment: pip install torch transformers==5.23.0
"""

import torch
from transformers import __version__
from transformers.utils import is_accelerate_available, is_bitsandbytes_available, is_flash_attn_2_available

print("transformers", __version__, "· torch", torch.__version__.split("+")[0])
accelerator = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
print("accelerator:", accelerator)
device = accelerator or torch.device("cpu")

for name in ("float32", "bfloat16", "float16"):
    dtype = getattr(torch, name)
    info = torch.finfo(dtype)
    ones = torch.ones(8, 8, dtype=dtype, device=device)
    print(
        f"{name:9} {info.bits:2} bits, largest {info.max:.3e}, step at one {info.eps:.1e}, "
        f"matmul {(ones @ ones)[0, 0]:.0f}"
    )

print("accelerate:", is_accelerate_available())
print("bitsandbytes:", is_bitsandbytes_available())
print("flash-attn:", is_flash_attn_2_available())
