"""登记自己的结构，让 Auto 类认得 · Registering an architecture, so that Auto classes know it.

环境 Environment: pip install torch transformers==5.23.0
"""

import json
from pathlib import Path

import torch
from transformers import AutoConfig, AutoModel, AutoModelForSequenceClassification, PreTrainedConfig, PreTrainedModel
from transformers.modeling_outputs import BaseModelOutput, SequenceClassifierOutput


class BagConfig(PreTrainedConfig):
    model_type = "bag-of-words"

    def __init__(self, vocab_size=100, hidden_size=16, **more):
        self.vocab_size, self.hidden_size = vocab_size, hidden_size
        super().__init__(**more)


class BagModel(PreTrainedModel):
    config_class, base_model_prefix = BagConfig, "bag"

    def __init__(self, config):
        super().__init__(config)
        self.words = torch.nn.Embedding(config.vocab_size, config.hidden_size)
        self.post_init()

    def forward(self, input_ids, **_):
        return BaseModelOutput(last_hidden_state=self.words(input_ids))


class BagForSequenceClassification(PreTrainedModel):
    config_class, base_model_prefix = BagConfig, "bag"

    def __init__(self, config):
        super().__init__(config)
        self.bag = BagModel(config)
        self.score = torch.nn.Linear(config.hidden_size, config.num_labels)
        self.post_init()

    def forward(self, input_ids, **_):
        return SequenceClassifierOutput(logits=self.score(self.bag(input_ids).last_hidden_state.mean(1)))


torch.manual_seed(0)
BagModel(BagConfig()).save_pretrained("bag")
print("config.json:", {key: value for key, value in json.loads(Path("bag/config.json").read_text()).items()
                       if key in ("model_type", "architectures", "vocab_size")})
try:
    AutoModel.from_pretrained("bag")
except ValueError as error:
    print("before:", str(error)[:74])

AutoConfig.register("bag-of-words", BagConfig)
AutoModel.register(BagConfig, BagModel)
AutoModelForSequenceClassification.register(BagConfig, BagForSequenceClassification)
print("after:", type(AutoModel.from_pretrained("bag")).__name__)
model, info = AutoModelForSequenceClassification.from_pretrained("bag", num_labels=4, output_loading_info=True)
print(type(model).__name__, "missing", sorted(info["missing_keys"]), tuple(model(torch.arange(6)[None]).logits.shape))
try:
    AutoConfig.register("bert", BagConfig)
except ValueError as error:
    print("a name that is taken:", str(error)[:66])
