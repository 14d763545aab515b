"""表格、文档与图文：多种输入的任务 · Tables, documents, images with text: tasks with several inputs.

环境 Environment: pip install torch transformers==5.23.0 pillow pandas
"""

import numpy as np
from PIL import Image
from transformers import pipeline

image = Image.fromarray(np.random.default_rng(0).integers(0, 255, (240, 320, 3)).astype("uint8"))

table = {"model": ["BERT", "GPT-2", "T5"], "year": ["2018", "2019", "2019"]}
ask = pipeline("table-question-answering", model="google/tapas-base-finetuned-wtq", device="cpu")
answer = ask(table=table, query="Which model came first?")
print("table:", sorted(answer), "· cells are strings:", all(isinstance(cell, str) for cell in answer["cells"]))

boxes = [("Invoice", [20, 20, 180, 50]), ("Total:", [20, 400, 120, 430]), ("42.00", [140, 400, 220, 430])]
read = pipeline("document-question-answering", model="impira/layoutlm-document-qa", device="cpu")
spans = read(image=None, question="What is the total?", word_boxes=boxes)
words = [word for word, _ in boxes]
print("document:", sorted(spans[0]), "· answer from the words:", spans[0]["answer"] in " ".join(words))

look = pipeline("zero-shot-image-classification", model="openai/clip-vit-base-patch32", device="cpu")
labels = ["a photo of a cat", "a photo of a dog"]
chances = look(image, candidate_labels=labels, hypothesis_template="{}")
print("zero-shot image:", sorted(chances[0]), "· adding up to", round(sum(each["score"] for each in chances), 4))

find = pipeline("zero-shot-object-detection", model="google/owlvit-base-patch32", device="cpu")
found = find(image, candidate_labels=["a cat", "a remote control"], threshold=0.0)
print("zero-shot detection:", sorted(found[0]), "· a box:", sorted(found[0]["box"]))

describe = pipeline("image-text-to-text", model="llava-hf/llava-1.5-7b-hf", device="cpu")
question = [{"type": "image", "image": image}, {"type": "text", "text": "What is in the picture?"}]
messages = [{"role": "user", "content": question}]
answer = describe(text=messages, max_new_tokens=5)
print("image-text-to-text:", sorted(answer[0]), [turn["role"] for turn in answer[0]["generated_text"]])
only = describe(text=messages, max_new_tokens=5, return_full_text=False)
print("return_full_text=False:", type(only[0]["generated_text"]).__name__)
prompt = describe.processor.apply_chat_template(messages, add_generation_prompt=True, tokenize=True, return_dict=True)
marks = sum(each == describe.model.config.image_token_index for each in prompt["input_ids"][0])
print("places for the image in the prompt:", marks, "=", (64 // 16) ** 2, "patches of the stand-in")
