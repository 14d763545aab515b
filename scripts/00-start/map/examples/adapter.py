"""练习解答：全量微调与 LoRA 留下的文件 · Solution: what full fine-tuning and LoRA leave behind.

环境 Environment: pip install torch transformers==5.23.0 peft==0.21.2
"""

from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM, Qwen3Config

name = "Qwen/Qwen3-0.6B"


def files(folder):
    return sorted(path.name for path in Path(folder).iterdir() if path.suffix in (".json", ".safetensors"))


base = AutoModelForCausalLM.from_pretrained(name)
base.save_pretrained("full")
tuned = get_peft_model(base, LoraConfig(task_type="CAUSAL_LM", r=4, target_modules=["q_proj", "v_proj"]))
tuned.save_pretrained("adapter")
print("full:   ", files("full"))
print("adapter:", files("adapter"))

again = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(name), "adapter")
print("the adapter names its base:", again.peft_config["default"].base_model_name_or_path == name)
print("a new adapter changes nothing:", all((w == 0).all() for key, w in again.named_parameters() if "lora_B" in key))

real = Qwen3Config(  # the sizes in the config.json of Qwen/Qwen3-0.6B
    vocab_size=151_936,
    hidden_size=1024,
    intermediate_size=3072,
    num_hidden_layers=28,
    num_attention_heads=16,
    num_key_value_heads=8,
    head_dim=128,
    tie_word_embeddings=True,
)
with torch.device("meta"):
    model = get_peft_model(AutoModelForCausalLM.from_config(real), tuned.peft_config["default"])
added, every = model.get_nb_trainable_parameters()
print(f"at the real sizes: LoRA {added:,} of {every - added:,}, {added / (every - added):.2%}")
by_hand = 28 * (4 * (1024 + 16 * 128) + 4 * (1024 + 8 * 128))
print("28 layers of r (in + out) for q_proj and v_proj:", by_hand == added)
