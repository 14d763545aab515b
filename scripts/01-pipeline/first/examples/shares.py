"""前后对比：时间花在哪个阶段 · Before and after: which stage takes the time.

环境 Environment: pip install torch transformers==5.23.0
"""

import time
from statistics import median

import torch
from transformers import pipeline

torch.set_num_threads(1)
embed = pipeline("feature-extraction", model="sentence-transformers/all-MiniLM-L6-v2", device="cpu")
text = "The tokenizer turns text into ids, and the model turns ids into vectors. " * 4


def timed(call, *arguments, **named):
    """What the call gives, and the median of 20 runs in milliseconds."""
    call(*arguments, **named)
    times = []
    for _ in range(20):
        begin = time.perf_counter()
        given = call(*arguments, **named)
        times.append(1000 * (time.perf_counter() - begin))
    return given, median(times)


inputs, before = timed(embed.preprocess, text)
outputs, during = timed(embed.forward, inputs)
answer, after = timed(embed.postprocess, outputs)
tensor, direct = timed(embed.postprocess, outputs, return_tensors=True)
_, whole = timed(embed, text)
print("tokens:", inputs["input_ids"].shape[1], "· numbers in the answer:", len(answer[0]) * len(answer[0][0]))
print(f"preprocess  {before:.2f} ms")
print(f"forward     {during:.2f} ms")
print(f"postprocess {after:.2f} ms into lists, {direct:.2f} ms as a tensor")
print(f"one call    {whole:.2f} ms")
print("forward takes the most:", during > before + after, "· lists cost more than a tensor:", after > direct)
