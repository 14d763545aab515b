"""Accelerate：同一个循环，设备由它处理 · Accelerate: the same loop, and the device is its business.

环境 Environment: pip install torch transformers==5.23.0 accelerate==1.15.0
"""

import torch
from accelerate import Accelerator
from torch.utils.data import DataLoader
from transformers import LlamaConfig, LlamaForCausalLM, set_seed

config = LlamaConfig(vocab_size=64, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4)


def parts():
    set_seed(0)
    model = LlamaForCausalLM(config)
    rows = (torch.randint(0, 64, (32, 1)) + torch.arange(16)) % 64
    return model, torch.optim.AdamW(model.parameters(), lr=3e-3), DataLoader(rows, batch_size=8)


def plain():
    model, optimizer, loader = parts()
    losses = []
    for rows in loader:
        loss = model(input_ids=rows, labels=rows).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return losses


def accelerated(**settings):
    accelerator = Accelerator(cpu=True, **settings)
    model, optimizer, loader = accelerator.prepare(*parts())
    losses = []
    for rows in loader:
        with accelerator.accumulate(model):
            loss = model(input_ids=rows, labels=rows).loss
            accelerator.backward(loss)
            optimizer.step()
            optimizer.zero_grad()
        losses.append(loss.item())
    return losses, accelerator


one, (two, accelerator) = plain(), accelerated()
print("the same losses:", one == two)
print(
    "processes:",
    accelerator.num_processes,
    "· device:",
    accelerator.device,
    "· precision:",
    accelerator.mixed_precision,
)
three, accelerator = accelerated(gradient_accumulation_steps=2)
print("accumulating two batches: first loss the same:", one[0] == three[0], "· second:", one[1] == three[1])
print("because no step came between:", accelerator.gradient_accumulation_steps)
