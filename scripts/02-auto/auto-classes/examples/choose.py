"""Auto 类怎样选出具体的类 · How an Auto class chooses.

环境 Environment: pip install torch transformers==5.23.0
"""

from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    AutoModelForMaskedLM,
)
from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

print(
    "kinds of models:",
    len(CONFIG_MAPPING_NAMES) > 300,
    "· of them causal language models:",
    len(MODEL_FOR_CAUSAL_LM_MAPPING_NAMES) > 100,
)
for kind in ("bert", "llama", "qwen3", "gpt2"):
    print(f"{kind:6} {CONFIG_MAPPING_NAMES[kind]:12} {MODEL_FOR_CAUSAL_LM_MAPPING_NAMES[kind]}")

config = AutoConfig.from_pretrained("Qwen/Qwen3-0.6B")
print("model_type", config.model_type, "· architectures", config.architectures)
for auto in (AutoModelForCausalLM, AutoModelForSequenceClassification):
    print(f"{auto.__name__:36} -> {type(auto.from_config(config)).__name__}")
try:
    AutoModelForMaskedLM.from_config(config)
except ValueError as problem:
    print(type(problem).__name__, str(problem).split(" for this kind")[0][:66])
