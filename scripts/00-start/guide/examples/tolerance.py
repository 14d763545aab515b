"""为什么数值要带容差比较 · Why numbers are compared with a tolerance.

环境 Environment: pip install torch transformers==5.23.0
"""

import torch

torch.manual_seed(0)
numbers = torch.randn(5_000)
exact = numbers.double().sum()


def added(values):
    total = torch.zeros(())
    for value in values:
        total = total + value
    return total


results = {"first to last": added(numbers), "last to first": added(numbers.flip(0)), "in blocks": numbers.sum()}
for name, value in results.items():
    error = abs(value.double() - exact) / abs(exact)
    print(f"{name:14} exact: {bool(error == 0)}, relative error below 1e-4: {bool(error < 1e-4)}")
print("different results:", len({value.item() for value in results.values()}))

again = torch.randn(3, generator=torch.Generator().manual_seed(1))
once_more = torch.randn(3, generator=torch.Generator().manual_seed(1))
print("same seed, same machine, same bits:", torch.equal(again, once_more))
