"""预填回答、工具与流式输出 · Prefilled answers, tools, and streaming.

环境 Environment: pip install torch transformers==5.23.0
"""

from threading import Thread

from transformers import TextIteratorStreamer, pipeline, set_seed

set_seed(0)
chat = pipeline("text-generation", model="Qwen/Qwen3-0.6B", device="cpu")
start = [{"role": "user", "content": "Name a color as JSON."}, {"role": "assistant", "content": '{"color": "'}]
turns = chat(start, max_new_tokens=4, do_sample=False)[0]["generated_text"]
print(
    "prefilled:", [turn["role"] for turn in turns], "· begins as given:", turns[-1]["content"].startswith('{"color": "')
)

prompt = chat.tokenizer.apply_chat_template(start, continue_final_message=True, tokenize=False)
print("the prompt ends with:", repr(prompt[-12:]))
asked = chat.tokenizer.apply_chat_template(start[:1], add_generation_prompt=True, tokenize=False)
print("without prefill:", repr(asked[-12:]))


def weather(city: str) -> str:
    """
    Weather of a city.

    Args:
        city: The city's name.
    """
    return "sunny"


plain = chat.tokenizer.apply_chat_template(start[:1], add_generation_prompt=True, tokenize=False)
tooled = chat.tokenizer.apply_chat_template(start[:1], tools=[weather], add_generation_prompt=True, tokenize=False)
print("with a tool the prompt names it:", "weather" in tooled and "weather" not in plain)
print("and the call takes it:", len(chat(start[:1], tools=[weather], max_new_tokens=2)), "answer")

streamer = TextIteratorStreamer(chat.tokenizer, skip_prompt=True)
work = Thread(target=chat, args=(start[:1],), kwargs={"streamer": streamer, "max_new_tokens": 12, "do_sample": False})
work.start()
pieces = list(streamer)
work.join()
whole = chat(start[:1], max_new_tokens=12, do_sample=False, return_full_text=False, skip_special_tokens=False)[0][
    "generated_text"
]
print("streamed in pieces:", len(pieces) > 1, "· together the whole answer:", "".join(pieces).strip() == whole.strip())
