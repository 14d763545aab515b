"""温度、top-k、top-p：同一组打分上的效果 · Temperature, top-k and top-p on one set of scores.

环境 Environment: pip install torch transformers==5.23.0
"""

import torch
from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

scores = torch.tensor([[3.0, 2.0, 1.0, 0.0, -1.0]])
ids = torch.zeros((1, 1), dtype=torch.long)


def told(label, scores):
    p = scores.softmax(-1)[0]
    entropy = -(p * p.clamp_min(1e-12).log()).sum().item()
    print(f"{label:18}", " ".join(f"{each:.3f}" for each in p.tolist()), f" entropy {entropy:.3f} nats")


told("as they are", scores)
for temperature in (0.6, 2.0, 0.05):
    told(f"temperature {temperature}", TemperatureLogitsWarper(temperature)(ids, scores.clone()))
told("top-k 2", TopKLogitsWarper(2)(ids, scores.clone()))
told("top-p 0.9", TopPLogitsWarper(0.9)(ids, scores.clone()))
cooled = TemperatureLogitsWarper(0.6)(ids, scores.clone())
told("0.6, then top-p", TopPLogitsWarper(0.9)(ids, cooled))

torch.manual_seed(0)
drawn = torch.multinomial(scores.softmax(-1)[0], 20_000, replacement=True)
shares = torch.bincount(drawn, minlength=5) / len(drawn)
print("20 000 draws agree within 0.01:", bool((shares - scores.softmax(-1)[0]).abs().max() < 0.01))
print("greedy takes:", scores.argmax(-1).item(), "· the limit of temperature to 0")
