"""聊天模板：从消息到文本 · The chat template: from messages to text.

环境 Environment: pip install torch transformers==5.23.0
"""

from transformers import AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("Qwen/Qwen3-0.6B")
chat = [
    {"role": "user", "content": "What is 2 + 2?"},
    {"role": "assistant", "content": "4"},
    {"role": "user", "content": "And 3 + 3?"},
]
print(tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True))

begun = [*chat, {"role": "assistant", "content": "The answer is"}]
text = tokenizer.apply_chat_template(begun, tokenize=False, continue_final_message=True)
print("continued, ends with:", repr(text[-13:]))

marked = tokenizer.apply_chat_template(chat, return_dict=True, return_assistant_tokens_mask=True)
answer = [token for token, own in zip(marked["input_ids"], marked["assistant_masks"]) if own]
print("assistant's part:", repr(tokenizer.decode(answer)))

text = tokenizer.apply_chat_template(chat, tokenize=False)
direct = tokenizer.apply_chat_template(chat)["input_ids"]
print("text, then ids, is the same:", tokenizer(text, add_special_tokens=False)["input_ids"] == direct)
