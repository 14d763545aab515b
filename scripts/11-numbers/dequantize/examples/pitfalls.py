"""4 比特与 8 比特的陷阱，逐一演示。
Pitfalls of four and eight bits, each shown.

pip install torch transformers==5.23.0 accelerate==1.15.0 bitsandbytes==0.50.2
"""

import tempfile

import bitsandbytes as bnb
import torch
from bitsandbytes.functional import dequantize_4bit, quantize_4bit
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, LlamaConfig, LlamaForCausalLM

torch.manual_seed(0)
config = LlamaConfig(vocab_size=256, hidden_size=64, intermediate_size=128, num_hidden_layers=1, num_attention_heads=4)

default = BitsAndBytesConfig(load_in_4bit=True)
print("1. defaults:", default.bnb_4bit_quant_type, default.bnb_4bit_compute_dtype, default.bnb_4bit_use_double_quant)

with tempfile.TemporaryDirectory() as folder:
    LlamaForCausalLM(config).to(torch.bfloat16).save_pretrained(folder)
    try:
        AutoModelForCausalLM.from_pretrained(folder, load_in_4bit=True)  # history: load_in_4bit
    except TypeError as problem:
        print("2. load_in_4bit as an argument:", type(problem).__name__)
    nf4 = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4")
    model = AutoModelForCausalLM.from_pretrained(folder, quantization_config=nf4, device_map="cpu")
kinds = {name: type(part).__name__ for name, part in model.named_modules() if isinstance(part, torch.nn.Linear)}
print("3. left alone:", [name for name, kind in kinds.items() if kind == "Linear"])
print("   and embed_tokens:", model.model.embed_tokens.weight.dtype)
weight = model.model.layers[0].mlp.up_proj.weight
print("4. parameters by numel:", weight.numel(), "by num_parameters:", model.num_parameters(exclude_embeddings=True))
print("5. trainable:", weight.requires_grad)

layer = bnb.nn.Linear4bit(64, 64, bias=False, quant_type="nf4")
print("6. before .to():", layer.weight.dtype, end=", ")
print("after:", layer.to("cpu").weight.dtype)

weight = torch.randn(4, 96)
print(
    "7. a matrix of 4 x 96 has", quantize_4bit(weight)[1].absmax.numel(), "blocks of 64: they run over the ends of rows"
)

weight = torch.randn(64, 128)
once = dequantize_4bit(*quantize_4bit(weight, quant_type="nf4"))
twice = dequantize_4bit(*quantize_4bit(once, quant_type="nf4"))
print("8. quantized again, nothing more is lost:", torch.equal(once, twice))
