"""三种浮点类型：范围、步长与累加 · Three floating-point types: range, step, and adding up.

环境 Environment: pip install torch transformers==5.23.0
"""

import torch

print("type        bits  exponent  mantissa      largest     step at 1")
for dtype, exponent in ((torch.float32, 8), (torch.float16, 5), (torch.bfloat16, 8)):
    about = torch.finfo(dtype)
    mantissa = about.bits - 1 - exponent
    print(f"{str(dtype)[6:]:10} {about.bits:5} {exponent:9} {mantissa:9} {about.max:12.4g} {about.eps:13.3g}")
    assert about.eps == 2.0**-mantissa

for dtype in (torch.float16, torch.bfloat16):
    print(f"{str(dtype)[6:]:10} 70000 becomes {torch.tensor(70000.0).to(dtype).item()}", end="")
    print(f" · 0.1 is off by {abs(torch.tensor(0.1).to(dtype).double().item() - 0.1):.1e}", end="")
    print(f" · 1e-8 becomes {torch.tensor(1e-8).to(dtype).item():.1e}")

weight, update = torch.tensor(1.0, dtype=torch.bfloat16), torch.tensor(1e-3, dtype=torch.bfloat16)
for _ in range(100):
    weight = weight + update
print("bf16: 1 + 100 times 0.001 =", weight.item())
master = torch.tensor(1.0)
for _ in range(100):
    master = master + update.float()
print("fp32 copy of it, rounded at the end:", master.to(torch.bfloat16).item())

torch.manual_seed(0)
a, b = torch.randn(256, 256), torch.randn(256, 256)
exact = a.double() @ b.double()
for dtype in (torch.float32, torch.float16, torch.bfloat16):
    error = ((a.to(dtype) @ b.to(dtype)).double() - exact).norm() / exact.norm()
    told = f"error below 1e-6 {bool(error < 1e-6)}, below 1e-2 {bool(error < 1e-2)}"
    print(f"{str(dtype)[6:]:10} product of matrices: {told}")
