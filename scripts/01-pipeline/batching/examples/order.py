"""调度：预处理、前向、后处理的次序 · Scheduling: in which order the stages run.

环境 Environment: pip install torch transformers==5.23.0
"""

from transformers import FeatureExtractionPipeline, pipeline


class Logged(FeatureExtractionPipeline):
    """Writes a letter for each call of a stage: p, F with the size of the batch, o."""

    log = ""

    def preprocess(self, inputs, **settings):
        self.log += "p"
        return super().preprocess(inputs, **settings)

    def _forward(self, inputs):
        self.log += f"F{len(inputs['input_ids'])}"
        return super()._forward(inputs)

    def postprocess(self, outputs, **settings):
        self.log += "o"
        return super().postprocess(outputs, **settings)


name = "sentence-transformers/all-MiniLM-L6-v2"
embed = pipeline("feature-extraction", model=name, pipeline_class=Logged, device="cpu")
texts = [f"text number {number}" for number in range(7)]


def told(label):
    print(f"{label:30} {embed.log}")
    embed.log = ""


embed(texts)
told("list")
embed(texts, batch_size=3)
told("list, batch_size=3")
answers = embed((text for text in texts), batch_size=3)
told("generator, nothing taken")
next(iter(answers))
told("generator, one answer taken")
list(answers)
told("generator, the rest taken")
print("a list gives:", type(embed(texts)).__name__, "· a generator gives:", type(answers).__name__)
print("what the generator has left:", len(list(answers)))
