"""练习解答：预处理放到别的进程里 · Solution: preprocessing in other processes.

环境 Environment: pip install torch transformers==5.23.0
"""

import os

from torch.utils.data import Dataset
from transformers import FeatureExtractionPipeline, pipeline


class Texts(Dataset):
    """A data set with a length: its rows can be shared out among workers."""

    def __len__(self):
        return 8

    def __getitem__(self, place):
        return f"text number {place}"


class Traced(FeatureExtractionPipeline):
    def preprocess(self, inputs, **settings):
        return {**super().preprocess(inputs, **settings), "process": os.getpid()}

    def _forward(self, inputs):
        who = inputs.pop("process")
        return {"last_hidden_state": super()._forward(inputs)[0], "process": who}

    def postprocess(self, outputs):
        return outputs["process"]


if __name__ == "__main__":
    name = "sentence-transformers/all-MiniLM-L6-v2"
    trace = pipeline("feature-extraction", model=name, pipeline_class=Traced, device="cpu")
    for workers in (0, 2):
        processes = set(trace(Texts(), num_workers=workers))
        inside = os.getpid() in processes
        print(f"num_workers={workers}: {len(processes)} process(es) preprocess, the main one among them: {inside}")
    rows = (f"text number {place}" for place in range(8))
    print("a generator:", len(set(trace(rows, num_workers=2))), "process: it cannot be shared out")
