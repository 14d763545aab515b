"""旧参数如今会怎样 · What old arguments do today.

环境 Environment: pip install torch transformers==5.23.0 accelerate==1.15.0
"""

import warnings

import torch
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

NAME = "openai-community/gpt2"


def attempt(what, call):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            call()
            told = f"works, {len(caught)} warning(s)" if caught else "works"
        except (TypeError, ValueError) as problem:
            told = type(problem).__name__
    print(f"{what:28} {told}")


model = AutoModelForCausalLM.from_pretrained(NAME, dtype="auto")
attempt("load_in_8bit", lambda: AutoModelForCausalLM.from_pretrained(NAME, load_in_8bit=True))
attempt("use_auth_token", lambda: AutoModelForCausalLM.from_pretrained(NAME, use_auth_token="x"))
attempt("use_flash_attention_2", lambda: AutoModelForCausalLM.from_pretrained(NAME, use_flash_attention_2=True))
attempt("Trainer(tokenizer)", lambda: Trainer(model=model, tokenizer=None))
attempt("evaluation_strategy", lambda: TrainingArguments("out", evaluation_strategy="steps"))
attempt("warmup_ratio", lambda: TrainingArguments("out", warmup_ratio=0.1))
attempt("eval_strategy, warmup_steps", lambda: TrainingArguments("out", eval_strategy="steps", warmup_steps=0.1))
attempt("gradient_checkpointing", lambda: TrainingArguments("out", gradient_checkpointing=True))
attempt("activation_checkpointing", lambda: TrainingArguments("out", activation_checkpointing=True))
print("dtype of the loaded weights:", model.dtype, model.dtype == torch.float32)
# history: load_in_8bit, use_auth_token, use_flash_attention_2, tokenizer, evaluation_strategy, warmup_ratio
# history: gradient_checkpointing
