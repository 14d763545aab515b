"""生成参数从哪里来：四层，后者覆盖前者 · Where generation settings come from: four layers, the later win.

环境 Environment: pip install torch transformers==5.23.0
"""

from transformers import GenerationConfig, pipeline

SHOWN = ("max_new_tokens", "do_sample", "temperature", "top_p", "top_k")


def watch(chat):
    """Keep what reaches `generate`, and the settings it then works with."""
    calls, generate = [], chat.model.generate

    def kept(**settings):
        calls.append({key: value for key, value in settings.items() if key in (*SHOWN, "generation_config")})
        return generate(**settings)

    chat.model.generate = kept
    return calls


def told(label, settings):
    print(f"{label:34}", {key: settings[key] for key in SHOWN if key in settings})


messages = [{"role": "user", "content": "Hello"}]
for name, given in (("openai-community/gpt2", "Hello"), ("Qwen/Qwen3-0.6B", messages)):
    chat = pipeline("text-generation", model=name, device="cpu")
    calls = watch(chat)
    own = {key: value for key, value in chat.model.generation_config.to_diff_dict().items() if key in SHOWN}
    told(name.split("/")[1] + ": its own file", own)
    chat(given, max_new_tokens=2)
    told("  call max_new_tokens=2", calls[-1])
    chat(given, max_new_tokens=2, do_sample=False)
    told("  call do_sample=False", calls[-1])

chat = pipeline("text-generation", model="Qwen/Qwen3-0.6B", device="cpu", max_new_tokens=3, temperature=0.2)
calls = watch(chat)
chat(messages)
told("set when created", calls[-1])
chat(messages, max_new_tokens=2)
told("  and the call says 2", calls[-1])
chat(messages, generation_config=GenerationConfig(max_new_tokens=4, do_sample=False))
told("  a configuration replaces both", calls[-1]["generation_config"].to_diff_dict())
