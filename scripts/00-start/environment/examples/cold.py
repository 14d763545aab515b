"""前后对比：第一次与稳定之后，平均数与中位数 · Before and after: first runs and steady ones, mean and median.

环境 Environment: pip install torch transformers==5.23.0
"""

import random
import time
from statistics import mean, median, quantiles

import torch
from transformers import LlamaConfig, LlamaForCausalLM, set_seed

set_seed(0)
torch.set_num_threads(1)
config = LlamaConfig(
    vocab_size=1000, hidden_size=256, intermediate_size=512, num_hidden_layers=4, num_attention_heads=4
)
model = LlamaForCausalLM(config).eval()
ids = torch.randint(0, 1000, (1, 64))


@torch.inference_mode()
def timed():
    begin = time.perf_counter()
    model(ids)
    return 1000 * (time.perf_counter() - begin)


times = [timed() for _ in range(40)]
steady = times[10:]
low, middle, high = quantiles(steady, n=4)
print(f"first {times[0]:.2f} ms · median of the steady {middle:.2f} ms · quartiles {low:.2f} ms and {high:.2f} ms")

disturbed = [value + (100 * middle if place == 7 else 0) for place, value in enumerate(steady)]
print(f"one run of 30 disturbed: mean {mean(steady):.2f} ms becomes {mean(disturbed):.2f} ms,", end=" ")
print(f"median {median(steady):.2f} ms becomes {median(disturbed):.2f} ms")
print("mean grew more than twice:", mean(disturbed) > 2 * mean(steady), "· median by less than a fifth:", end=" ")
print(median(disturbed) < 1.2 * median(steady))

random.seed(0)
medians = [median(random.choices(steady, k=len(steady))) for _ in range(500)]
cut = quantiles(medians, n=40)
print(f"95 % of resampled medians lie within {cut[0]:.2f} ms and {cut[-1]:.2f} ms")
print("the median is inside:", cut[0] <= median(steady) <= cut[-1])
