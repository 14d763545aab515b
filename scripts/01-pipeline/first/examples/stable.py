"""练习解答：稳定的 softmax · Solution: a softmax that does not overflow.

环境 Environment: pip install torch transformers==5.23.0
"""

import torch


def naive(scores):
    powers = scores.exp()
    return powers / powers.sum(-1, keepdim=True)


def stable(scores):
    powers = (scores - scores.max(-1, keepdim=True).values).exp()
    return powers / powers.sum(-1, keepdim=True)


print("largest exponent before exp overflows:")
for dtype in (torch.float16, torch.bfloat16, torch.float32):
    print(f"  {str(dtype):15} {torch.tensor(torch.finfo(dtype).max, dtype=torch.float64).log().item():.2f}")

scores = torch.tensor([12.0, 10.0, -3.0], dtype=torch.float16)
print("naive :", naive(scores).tolist())
print("stable:", [round(p, 4) for p in stable(scores).tolist()], "sum", round(stable(scores).sum().item(), 3))
print("torch :", torch.allclose(stable(scores), scores.softmax(-1), atol=1e-3))
shifted = scores.float() + 1000
print(
    "shifted by 1000, fp32: naive",
    naive(shifted).isnan().any().item(),
    "· stable",
    stable(shifted).isnan().any().item(),
)
print("a gap of d has odds e^d:", [round(torch.exp(torch.tensor(d)).item(), 2) for d in (1.0, 2.0, 5.0)])
