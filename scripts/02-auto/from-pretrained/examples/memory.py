"""前后对比：先构造再载入，与 from_pretrained · Before and after: construct, then load, against from_pretrained.

环境 Environment: pip install torch transformers==5.23.0 safetensors
系统 System: Linux (/proc, fork)
每种办法在一个子进程里运行，读出它自己的内存 · Each way runs in a process of its own, which reports its memory.
"""

import time
from multiprocessing import get_context
from pathlib import Path

import torch
from safetensors.torch import load_file
from transformers import AutoConfig, AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

SMALL = {"vocab_size": 4096, "hidden_size": 512, "intermediate_size": 2048, "num_hidden_layers": 8}


def make():
    model = LlamaForCausalLM(LlamaConfig(num_attention_heads=8, **SMALL)).to(torch.bfloat16)
    model.save_pretrained("checkpoint", max_shard_size="20MB")


def construct_then_load():
    model = LlamaForCausalLM(AutoConfig.from_pretrained("checkpoint"))
    for file in sorted(Path("checkpoint").glob("*.safetensors")):
        model.load_state_dict(load_file(file), strict=False)
    return model


def from_pretrained():
    return AutoModelForCausalLM.from_pretrained("checkpoint")


def in_float32():
    return AutoModelForCausalLM.from_pretrained("checkpoint", dtype=torch.float32)


def memory(name):
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(lines[name].split()[0]) * 1024


def measure(way, size):
    before, start = memory("RssAnon"), time.perf_counter()
    model = way()
    seconds = time.perf_counter() - start
    own = (memory("RssAnon") - before) / size
    print(f"{way.__name__:20} {model.dtype!s:14} own memory {own:.0f} x the checkpoint, {seconds:.2f} s", flush=True)


def apart(target, *arguments):
    process = get_context("fork").Process(target=target, args=arguments)
    process.start()
    process.join()


apart(make)
size = sum(file.stat().st_size for file in Path("checkpoint").glob("*.safetensors"))
print(f"checkpoint: {size / 1e6:.1f} MB", flush=True)
for way in (construct_then_load, from_pretrained, in_float32):
    apart(measure, way, size)
