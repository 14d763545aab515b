"""长文本：用 ChunkPipeline 分段推理再合并 · Long texts: ChunkPipeline cuts, infers and joins.

环境 Environment: pip install torch transformers==5.23.0
"""

import torch
from transformers import AutoModel, AutoTokenizer
from transformers.pipelines.base import ChunkPipeline


class LongEmbedding(ChunkPipeline):
    """One vector for a text of any length: the mean over all tokens of overlapping windows."""

    _load_tokenizer = True

    def _sanitize_parameters(self, window=None, overlap=None):
        given = {"window": window, "overlap": overlap}
        return {key: value for key, value in given.items() if value is not None}, {}, {}

    def preprocess(self, text, window=64, overlap=16):
        cut = self.tokenizer(text, truncation=True, max_length=window, stride=overlap, return_overflowing_tokens=True)
        last = len(cut["input_ids"]) - 1
        for place, ids in enumerate(cut["input_ids"]):
            ids = torch.tensor([ids])
            yield {"input_ids": ids, "attention_mask": torch.ones_like(ids), "is_last": place == last}

    def _forward(self, inputs):
        last = inputs.pop("is_last")
        hidden = self.model(**inputs).last_hidden_state
        mask = inputs["attention_mask"].unsqueeze(-1)
        return {"total": (hidden * mask).sum(1), "tokens": mask.sum(1), "is_last": last}

    def postprocess(self, pieces):
        mean = sum(each["total"] for each in pieces) / sum(each["tokens"] for each in pieces)
        return {"vector": mean[0], "windows": len(pieces), "tokens": int(sum(each["tokens"] for each in pieces))}


name = "sentence-transformers/all-MiniLM-L6-v2"
tokenizer = AutoTokenizer.from_pretrained(name)
embed = LongEmbedding(AutoModel.from_pretrained(name), tokenizer=tokenizer, device="cpu")

texts = ["The tokenizer turns text into ids. " * times for times in (1, 20, 60)]
for text in texts:
    answer = embed(text)
    print(len(tokenizer(text)["input_ids"]), "tokens:", answer["windows"], "window(s), read", answer["tokens"])

together = embed(texts, batch_size=4)
print("windows of different texts share a batch:", [each["windows"] for each in together])
same = all(
    torch.allclose(one["vector"], embed(text)["vector"], atol=1e-5) for one, text in zip(together, texts, strict=True)
)
print("and the vectors stay the same:", same)
print("fewer, larger windows:", embed(texts[2], window=256, overlap=0)["windows"])
