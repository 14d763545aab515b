"""同一个任务在各库之间接力 · One task handed from library to library.

环境 Environment: pip install torch transformers==5.23.0 datasets==5.2.0 peft==0.21.2 accelerate==1.15.0
"""

from datasets import load_dataset
from peft import LoraConfig, get_peft_model
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DataCollatorWithPadding,
    ProgressCallback,
    Trainer,
    TrainingArguments,
    pipeline,
    set_seed,
)

set_seed(0)
rows = load_dataset("nyu-mll/glue", "sst2", split="train[:32]")  # datasets
tokenizer = AutoTokenizer.from_pretrained("google-bert/bert-base-uncased")  # tokenizers
rows = rows.map(lambda batch: tokenizer(batch["sentence"], truncation=True), batched=True)

model = AutoModelForSequenceClassification.from_pretrained(  # transformers
    "google-bert/bert-base-uncased", num_labels=2, id2label={0: "negative", 1: "positive"}
)
lora = LoraConfig(task_type="SEQ_CLS", r=4, target_modules=["query", "value"])
model = get_peft_model(model, lora)  # peft
model.print_trainable_parameters()

trainer = Trainer(  # accelerate works inside
    model=model,
    args=TrainingArguments("out", max_steps=4, per_device_train_batch_size=8, save_strategy="no", use_cpu=True),
    train_dataset=rows,
    data_collator=DataCollatorWithPadding(tokenizer),
    processing_class=tokenizer,
)
trainer.remove_callback(ProgressCallback)  # no progress bar in a file
steps = trainer.train().global_step
print("steps:", steps)

merged = model.merge_and_unload()
merged.save_pretrained("merged")  # safetensors
tokenizer.save_pretrained("merged")
classify = pipeline("text-classification", model="merged", device="cpu")  # transformers again
answer = classify("a warm and funny film")[0]
print(sorted(answer), answer["label"] in ("negative", "positive"), 0 <= answer["score"] <= 1)
