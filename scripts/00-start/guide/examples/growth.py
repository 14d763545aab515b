"""练习解答：误差随个数怎样增长 · Solution: how the error grows with the number of terms.

环境 Environment: pip install torch transformers==5.23.0
"""

import torch

unit = torch.finfo(torch.float32).eps / 2  # unit roundoff


def added(values):
    total = torch.zeros(())
    for value in values:
        total = total + value
    return total


print("   n   error / (u * sum of |x|)   bound n-1   within")
for n in (100, 1_000, 10_000):
    ratios = []
    for seed in range(3):
        values = torch.rand(n, generator=torch.Generator().manual_seed(seed))
        exact = values.double().sum()
        error = abs(added(values).double() - exact)
        ratios.append((error / (unit * values.double().abs().sum())).item())
    print(f"{n:6} {max(ratios):16.1f} {n - 1:20} {max(ratios) < n - 1!s:>10}")

values = torch.rand(10_000, generator=torch.Generator().manual_seed(0))
exact = values.double().sum()
in_order = abs(added(values).double() - exact)
in_pairs = values
while len(in_pairs) > 1:
    in_pairs = torch.nn.functional.pad(in_pairs, (0, len(in_pairs) % 2)).view(-1, 2).sum(1)
print("adding in pairs is closer:", bool(abs(in_pairs[0].double() - exact) <= in_order))
one = torch.tensor(256.0, dtype=torch.bfloat16)
print("bf16: 256 + 1 =", (one + 1).item())
