"""练习解答：询问安装好的库 · Solution: ask the installed library.

环境 Environment: pip install torch transformers==5.23.0 accelerate==1.15.0
"""

import inspect
import warnings

import transformers
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments


def takes(call, argument):
    """yes, no, or through **kwargs: what the signature tells."""
    parameters = inspect.signature(call).parameters
    if argument in parameters:
        return "yes"
    open_ended = any(each.kind is each.VAR_KEYWORD for each in parameters.values())
    return "cannot tell, it has **kwargs" if open_ended else "no"


for call, arguments in (
    (TrainingArguments, ("eval_strategy", "evaluation_strategy", "warmup_steps", "warmup_ratio", "no_cuda", "use_cpu")),
    (Trainer, ("processing_class", "tokenizer")),
    (AutoModelForCausalLM.from_pretrained, ("dtype", "torch_dtype", "load_in_8bit")),
):
    for argument in arguments:
        print(f"{call.__qualname__:40} {argument:20} {takes(call, argument)}")

for name in ("AutoModelForImageTextToText", "AutoModelForVision2Seq", "Cache", "DynamicCache", "SinkCache"):
    print(f"{name:30} {'there' if hasattr(transformers, name) else 'gone'}")

with warnings.catch_warnings():
    warnings.simplefilter("error")
    for argument in ("gradient_checkpointing", "activation_checkpointing"):
        try:
            TrainingArguments("out", **{argument: True})
            print(argument, "without a warning")
        except FutureWarning as warning:
            print(argument, "deprecated:", "activation_checkpointing" in str(warning))
# history: evaluation_strategy, warmup_ratio, no_cuda, tokenizer, torch_dtype, load_in_8bit, AutoModelForVision2Seq
# history: SinkCache, gradient_checkpointing
