"""练习解答：拒绝未知的参数 · Solution: refuse arguments nobody knows.

环境 Environment: pip install torch transformers==5.23.0
"""

from transformers import TextClassificationPipeline, pipeline

name = "distilbert/distilbert-base-uncased-finetuned-sst-2-english"


class Lenient(TextClassificationPipeline):
    def _sanitize_parameters(self, threshold=None, **others):
        before, during, after = super()._sanitize_parameters(**others)
        if threshold is not None:
            after["threshold"] = threshold
        return before, during, after

    def postprocess(self, outputs, threshold=0.0, **settings):
        """The answer, or no label where the best score is under the threshold."""
        answer = super().postprocess(outputs, **settings)
        return answer if answer["score"] >= threshold else {"label": None, "score": answer["score"]}


class Strict(Lenient):
    KNOWN = frozenset({"threshold", "function_to_apply", "truncation", "max_length"})

    def _sanitize_parameters(self, **given):
        if unknown := set(given) - self.KNOWN:
            raise TypeError(
                f"unknown arguments: {', '.join(sorted(unknown))}; there are: {', '.join(sorted(self.KNOWN))}"
            )
        return super()._sanitize_parameters(**given)


lenient = pipeline("text-classification", model=name, pipeline_class=Lenient, device="cpu")
print("threshold 0:  ", lenient("A delight.", threshold=0.0)[0]["label"] is not None)
print("threshold 1:  ", lenient("A delight.", threshold=1.0)[0]["label"])
print("a slip, lenient:", lenient("A delight.", treshold=1.0)[0]["label"] is not None, "- nothing was refused")

strict = pipeline("text-classification", model=name, pipeline_class=Strict, device="cpu", threshold=0.2)
print("set when created:", strict._postprocess_params)
print("and at the call: ", strict("A delight.", threshold=1.0)[0]["label"])
print("created unchanged:", strict._postprocess_params)
try:
    strict("A delight.", treshold=1.0)
except TypeError as problem:
    print("a slip, strict:", problem)
