"""删去的任务：库怎样回答 · Removed tasks: what the library answers.

环境 Environment: pip install torch transformers==5.23.0
"""

import transformers
from transformers import pipeline
from transformers.pipelines import REMOVED_TASKS, get_supported_tasks

for task, advice in REMOVED_TASKS.items():
    print(f"{task:26} {advice}")

print("names that pipeline() takes:", len(get_supported_tasks()))
for task in ("summarization", "translation_en_to_fr", "question-answering", "conversational"):
    try:
        pipeline(task, model="google-t5/t5-small")
    except KeyError as problem:
        print(f"{task}: KeyError, {'removed' if 'has been removed' in str(problem) else 'never heard of'}")

transformers.logging.set_verbosity_error()
reader = pipeline("image-to-text", model="llava-hf/llava-1.5-7b-hf", device="cpu")
print("image-to-text becomes:", reader.task, "·", type(reader).__name__)
for name in ("SummarizationPipeline", "QuestionAnsweringPipeline", "ImageToTextPipeline", "TextGenerationPipeline"):
    print(f"{name:26} {'there' if hasattr(transformers, name) else 'gone'}")
# history: SummarizationPipeline, QuestionAnsweringPipeline, ImageToTextPipeline
