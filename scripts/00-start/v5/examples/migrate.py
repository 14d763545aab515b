"""练习解答：迁移之后的训练脚本 · Solution: a training script after the move.

环境 Environment: pip install torch transformers==5.23.0 accelerate==1.15.0 datasets==5.2.0 bitsandbytes==0.50.2
"""

import warnings

from datasets import load_dataset
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    BitsAndBytesConfig,
    DataCollatorWithPadding,
    ProgressCallback,
    Trainer,
    TrainingArguments,
    set_seed,
)

set_seed(0)
name = "google-bert/bert-base-uncased"
tokenizer = AutoTokenizer.from_pretrained(name)
rows = load_dataset("nyu-mll/glue", "sst2").map(lambda batch: tokenizer(batch["sentence"]), batched=True)

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    model = AutoModelForSequenceClassification.from_pretrained(name, num_labels=2, dtype="auto")  # was torch_dtype
    arguments = TrainingArguments(
        "out",
        max_steps=8,
        eval_strategy="steps",  # was evaluation_strategy
        eval_steps=4,
        warmup_steps=0.25,  # was warmup_ratio=0.25
        per_device_train_batch_size=8,
        save_strategy="no",
        use_cpu=True,
    )
    trainer = Trainer(
        model=model,
        args=arguments,
        train_dataset=rows["train"],
        eval_dataset=rows["validation"],
        data_collator=DataCollatorWithPadding(tokenizer),
        processing_class=tokenizer,  # was tokenizer
    )
    trainer.remove_callback(ProgressCallback)
    trainer.train()
print("deprecations:", [str(each.message)[:60] for each in caught if issubclass(each.category, FutureWarning)])
print("steps:", trainer.state.global_step, "· of them warming up:", arguments.get_warmup_steps(8))
print("evaluations:", sum("eval_loss" in each for each in trainer.state.log_history))
print("reports to:", arguments.report_to, "· optimizer:", arguments.to_dict()["optim"])

eight = BitsAndBytesConfig(load_in_8bit=True)  # was load_in_8bit=True when loading
small = AutoModelForSequenceClassification.from_pretrained(name, quantization_config=eight, device_map="cpu")
print("quantized layer:", type(small.bert.encoder.layer[0].intermediate.dense).__name__)
# history: torch_dtype, evaluation_strategy, warmup_ratio, tokenizer, load_in_8bit
