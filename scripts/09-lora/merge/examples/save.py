"""只保存适配器，再装回同一个底座 · Save the adapter alone and put it back on the same base.

环境 Environment: pip install torch transformers==5.23.0 peft==0.21.2
模型是随机初始化的小 Llama，无需下载 · The model is a small Llama with random weights: nothing is downloaded.
"""

import tempfile
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM
from transformers.utils import logging

logging.disable_progress_bar()
torch.manual_seed(0)
config = LlamaConfig(
    vocab_size=256,
    hidden_size=64,
    intermediate_size=192,
    num_hidden_layers=2,
    num_attention_heads=4,
)
ids = torch.randint(0, 256, (1, 12))
with tempfile.TemporaryDirectory() as folder:
    root = Path(folder)
    LlamaForCausalLM(config).save_pretrained(root / "base")
    base = AutoModelForCausalLM.from_pretrained(root / "base")
    lora = LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj"], init_lora_weights=False)
    model = get_peft_model(base, lora).eval()
    model.save_pretrained(root / "adapter")
    for file in sorted((root / "adapter").glob("adapter_*")):
        print(f"adapter/{file.name}")
    sizes = [(root / name).stat().st_size for name in ("base/model.safetensors", "adapter/adapter_model.safetensors")]
    print(f"base {sizes[0]} bytes, adapter {sizes[1]} bytes ({sizes[1] / sizes[0]:.1%})")

    fresh = AutoModelForCausalLM.from_pretrained(root / "base")
    loaded = PeftModel.from_pretrained(fresh, root / "adapter").eval()
    with torch.no_grad():
        print("same logits after loading:", torch.equal(model(ids).logits, loaded(ids).logits))
    print("loaded for training:", any(parameter.requires_grad for parameter in loaded.parameters()))
