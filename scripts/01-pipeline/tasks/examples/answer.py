"""练习解答：抽取式问答的后处理 · Solution: postprocessing of extractive question answering.

环境 Environment: pip install torch transformers==5.23.0 datasets==5.2.0
"""

import torch
from datasets import load_dataset
from transformers import AutoModelForQuestionAnswering, AutoTokenizer, logging, set_seed

logging.set_verbosity_error()  # the head is new: only the way to the answer is shown here
set_seed(0)
name = "google-bert/bert-base-uncased"
tokenizer = AutoTokenizer.from_pretrained(name)
model = AutoModelForQuestionAnswering.from_pretrained(name).eval()
row = load_dataset("rajpurkar/squad", split="validation")[0]

inputs = tokenizer(row["question"], row["context"], truncation="only_second", return_tensors="pt")
offsets = tokenizer(row["question"], row["context"], return_offsets_mapping=True)["offset_mapping"]
with torch.no_grad():
    outputs = model(**inputs)
print("start and end:", tuple(outputs.start_logits.shape) == tuple(inputs["input_ids"].shape))

allowed = torch.tensor([each == 1 for each in inputs.sequence_ids(0)])
start = outputs.start_logits[0].masked_fill(~allowed, -torch.inf)
end = outputs.end_logits[0].masked_fill(~allowed, -torch.inf)
longest = 15
legal = torch.ones(len(start), len(start), dtype=torch.bool).triu().tril(longest - 1)
scores = (start[:, None] + end[None, :]).masked_fill(~legal, -torch.inf)
first, last = divmod(scores.argmax().item(), len(start))
answer = row["context"][offsets[first][0] : offsets[last][1]]

print("some spans are not legal:", legal.sum().item() < scores.numel())
print("in the context, in order, not too long:", allowed[first].item(), first <= last, last - first < longest)
print("a piece of the text as written:", answer in row["context"] and len(answer) > 0)
probability = start.softmax(0)[first] * end.softmax(0)[last]
print("its score is a product of two probabilities:", 0 < probability.item() < 1)
