"""能组批的句对 Pipeline，与上一个比较 · Pairs that can be batched, compared with the first way.

环境 Environment: pip install torch transformers==5.23.0
"""

import torch
from transformers import AutoModel, AutoTokenizer, Pipeline


class Pairs(Pipeline):
    """Each row holds one pair; both sentences are padded to the same length and stacked along a second axis."""

    _load_tokenizer = True
    calls = 0

    def _sanitize_parameters(self, length=None):
        return ({"length": length} if length is not None else {}), {}, {}

    def preprocess(self, pair, length=32):
        both = self.tokenizer(list(pair), padding="max_length", truncation=True, max_length=length, return_tensors="pt")
        return {name: both[name].unsqueeze(0) for name in ("input_ids", "attention_mask")}

    def _forward(self, inputs):
        self.calls += 1
        rows, two, length = inputs["input_ids"].shape
        flat = {name: tensor.reshape(rows * two, length) for name, tensor in inputs.items()}
        hidden = self.model(**flat).last_hidden_state
        mask = flat["attention_mask"].unsqueeze(-1)
        return {"vectors": ((hidden * mask).sum(1) / mask.sum(1)).reshape(rows, two, -1)}

    def postprocess(self, outputs):
        one, two = torch.nn.functional.normalize(outputs["vectors"][0], dim=-1)
        return round((one @ two).item(), 4)


name = "sentence-transformers/all-MiniLM-L6-v2"
similar = Pairs(AutoModel.from_pretrained(name), tokenizer=AutoTokenizer.from_pretrained(name), device="cpu")
pairs = [
    ("A cat sits on the mat.", "A kitten is lying on a rug."),
    ("A cat sits on the mat.", "Interest rates rose again."),
    ("The train was late.", "The bus did not come on time."),
]
alone = similar(pairs)
print("one at a time:", alone, "in", similar.calls, "calls")
similar.calls = 0
together = similar(pairs, batch_size=3)
print("in one batch: ", together, "in", similar.calls, "call")
print("the same:", all(abs(a - b) < 1e-3 for a, b in zip(alone, together, strict=True)))
