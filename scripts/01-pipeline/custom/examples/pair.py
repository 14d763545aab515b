"""自定义 Pipeline：两句话有多相似 · A custom pipeline: how similar two sentences are.

环境 Environment: pip install torch transformers==5.23.0
"""

import torch
from transformers import AutoModel, AutoTokenizer, Pipeline, pipeline
from transformers.pipelines import PIPELINE_REGISTRY


class SimilarityPipeline(Pipeline):
    def _sanitize_parameters(self, digits=None, max_length=None, **kwargs):
        before = {"max_length": max_length} if max_length is not None else {}
        after = {"digits": digits} if digits is not None else {}
        return before, {}, after

    def preprocess(self, pair, max_length=128):
        return self.tokenizer(list(pair), padding=True, truncation=True, max_length=max_length, return_tensors="pt")

    def _forward(self, inputs):
        hidden = self.model(**inputs).last_hidden_state
        mask = inputs["attention_mask"].unsqueeze(-1)
        return (hidden * mask).sum(1) / mask.sum(1)

    def postprocess(self, vectors, digits=4):
        one, two = torch.nn.functional.normalize(vectors, dim=-1)
        return {"similarity": round((one @ two).item(), digits)}


PIPELINE_REGISTRY.register_pipeline("sentence-similarity", pipeline_class=SimilarityPipeline, pt_model=AutoModel)

name = "sentence-transformers/all-MiniLM-L6-v2"
model, tokenizer = AutoModel.from_pretrained(name), AutoTokenizer.from_pretrained(name)
similar = pipeline("sentence-similarity", model=model, tokenizer=tokenizer, device="cpu")
print(type(similar).__name__)
print(similar(("A cat sits on the mat.", "A kitten is lying on a rug.")))
print(similar(("A cat sits on the mat.", "Interest rates rose again.")))
print(similar(("A cat sits on the mat.", "A cat sits on the mat."), digits=2))
print("several pairs:", len(similar([("a", "b"), ("c", "d"), ("e", "f")])))
