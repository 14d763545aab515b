"""决策任务：有选项的问题，每个提示一次前向 · The decision task: questions with options, one forward pass a prompt.

环境 Environment: pip install torch transformers==5.23.0
"""

from transformers import pipeline

decide = pipeline("decision", model="Qwen/Qwen3-0.6B", device="cpu")
request = {
    "state": "I was charged twice for my order and want a refund.",
    "questions": {
        "team": {
            "type": "choice",
            "instructions": "Who should answer?",
            "criteria": {"billing": "about payments", "shipping": "about delivery", "other": "anything else"},
        },
        "urgency": {"type": "score", "instructions": "How urgent is it?", "criteria": ["low", "middle", "high"]},
    },
}
answers = decide(request)
for name, answer in answers.items():
    print(name, {key: type(value).__name__ for key, value in answer.items()})
print("prompts for two questions:", len(decide.preprocess(request)["prompts"]))
