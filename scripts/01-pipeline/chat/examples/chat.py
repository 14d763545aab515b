"""消息列表的一次往返 · One turn of a chat.

环境 Environment: pip install torch transformers==5.23.0
"""

from transformers import pipeline, set_seed

set_seed(0)
chat = pipeline("text-generation", model="Qwen/Qwen3-0.6B", device="cpu")
messages = [
    {"role": "system", "content": "You answer in one sentence."},
    {"role": "user", "content": "What is a token?"},
]
answer = chat(messages, max_new_tokens=16)
turns = answer[0]["generated_text"]
print(type(answer).__name__, "->", [turn["role"] for turn in turns])
print("what was given comes back:", turns[:2] == messages)

only = chat(messages, max_new_tokens=16, return_full_text=False)
print("return_full_text=False:", type(only[0]["generated_text"]).__name__)

messages = [*turns, {"role": "user", "content": "And an id?"}]
print("second turn:", [turn["role"] for turn in chat(messages, max_new_tokens=16)[0]["generated_text"]])

several = chat([messages[:2], messages[:2]], max_new_tokens=4, batch_size=2)
print("two chats at once:", len(several), "answers, each", type(several[0][0]).__name__)
print("plain text in, plain text out:", type(chat("Hello", max_new_tokens=4)[0]["generated_text"]).__name__)
