"""一次对话调用里发生了什么 · What one call of a chat does.

环境 Environment: pip install torch transformers==5.23.0
"""

from transformers import AutoModelForCausalLM, AutoTokenizer

name = "Qwen/Qwen3-0.6B"
tokenizer = AutoTokenizer.from_pretrained(name)
model = AutoModelForCausalLM.from_pretrained(name)
messages = [{"role": "user", "content": "What is a token?"}]

text = tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
print(repr(text))
inputs = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_tensors="pt")
given = inputs["input_ids"].shape[1]

greedy = model.generate(**inputs, max_new_tokens=8, do_sample=False)
print(
    "generate returns prompt and answer:",
    greedy.shape[1] - given <= 8,
    (greedy[0, :given] == inputs["input_ids"][0]).all().item(),
)
print("the same twice:", (greedy == model.generate(**inputs, max_new_tokens=8, do_sample=False)).all().item())
print("answer only:", type(tokenizer.decode(greedy[0, given:], skip_special_tokens=True)).__name__)

defaults = model.generation_config
print("defaults come with the model:", defaults.do_sample, defaults.temperature, defaults.top_p, defaults.top_k)
print("stop at:", tokenizer.decode([defaults.eos_token_id]))
