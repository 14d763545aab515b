"""TRL：指令微调与偏好优化各用几步 · TRL: a few steps of instruction tuning and of preference tuning.

环境 Environment: pip install torch transformers==5.23.0 datasets==5.2.0 trl==1.16.0 peft==0.21.2
"""

from datasets import Dataset
from peft import LoraConfig
from transformers import ProgressCallback, set_seed
from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer

set_seed(0)
name = "Qwen/Qwen3-0.6B"
turns = [("user", f"What is {n} plus 1?") for n in range(16)]
asked = [[{"role": role, "content": text}] for role, text in turns]
right = [[{"role": "assistant", "content": str(n + 1)}] for n in range(16)]
wrong = [[{"role": "assistant", "content": str(n + 2)}] for n in range(16)]
common = dict(
    max_steps=2, per_device_train_batch_size=2, save_strategy="no", use_cpu=True, report_to="none", bf16=False
)

lora = LoraConfig(task_type="CAUSAL_LM", r=4, target_modules=["q_proj", "v_proj"])
chats = Dataset.from_dict({"prompt": asked, "completion": right})
trainer = SFTTrainer(name, args=SFTConfig("sft", **common), train_dataset=chats, peft_config=lora)
trainer.remove_callback(ProgressCallback)
trainer.train()
print("instruction tuning:", type(trainer.model).__name__, "· steps:", trainer.state.global_step)
trained = [key for key, weight in trainer.model.named_parameters() if weight.requires_grad]
print("trained:", len(trained), "matrices, all of them LoRA's:", all("lora_" in key for key in trained))
batch = next(iter(trainer.get_train_dataloader()))
ignored = (batch["labels"] == -100).sum() > 0
print("the prompt is not learned:", bool(ignored), "· columns:", sorted(batch))

pairs = Dataset.from_dict({"prompt": asked, "chosen": right, "rejected": wrong})
trainer = DPOTrainer(name, args=DPOConfig("dpo", **common), train_dataset=pairs, peft_config=lora)
trainer.remove_callback(ProgressCallback)
trainer.train()
told = [each for each in trainer.state.log_history if "train_loss" in each]
print("preference tuning starts at ln 2:", abs(told[0]["train_loss"] - 0.6931) < 0.05)
