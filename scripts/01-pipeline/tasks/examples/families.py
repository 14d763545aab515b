"""全部任务及其模型类 · All tasks and the model classes behind them.

环境 Environment: pip install torch transformers==5.23.0
"""

from collections import Counter

from transformers.pipelines import SUPPORTED_TASKS, TASK_ALIASES

for task, parts in sorted(SUPPORTED_TASKS.items()):
    heads = ", ".join(head.__name__.removeprefix("AutoModelFor") for head in parts["pt"]) or "-"
    print(f"{task:30} {parts['type']:10} {heads[:70]}")

print(Counter(parts["type"] for parts in SUPPORTED_TASKS.values()).most_common())
print("other names:", TASK_ALIASES)
