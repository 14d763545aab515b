"""偏移量：把字符上的实体标注变成词元上的标签 · Offsets: entity labels on characters become labels on tokens.

环境 Environment: pip install transformers==5.23.0 tokenizers==0.23.3
分词器当场训练，无需下载 · The tokenizer is trained on the spot: nothing is downloaded.
"""

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

corpus = ["Guido van Rossum wrote Python in Amsterdam.", "Ada Lovelace wrote to Charles Babbage in London."] * 3


def make(trim_offsets):
    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300, special_tokens=["<s>", "</s>"], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    core.train_from_iterator(corpus, trainer)
    frame = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 1)])
    core.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=trim_offsets), frame])
    return PreTrainedTokenizerFast(tokenizer_object=core, bos_token="<s>", eos_token="</s>")


text = "Ada met Guido in London."
entities = [(0, 3, "PER"), (8, 13, "PER"), (17, 23, "LOC")]  # first character, one after the last, kind

tokenizer = make(trim_offsets=True)
encoding = tokenizer(text, return_offsets_mapping=True, return_special_tokens_mask=True)
rows = zip(encoding.tokens(), encoding.offset_mapping, encoding.word_ids(), encoding.special_tokens_mask)
labels = []
for token, (start, end), word, special in rows:
    inside = [entity for entity in entities if entity[0] <= start and end <= entity[1]]
    if special or start == end:
        label = -100  # no character of the text: the loss ignores it
    elif inside:
        label = ("B-" if start == inside[0][0] else "I-") + inside[0][2]
    else:
        label = "O"
    labels.append(label)
    print(f"{token:8} {(start, end)!s:9} {text[start:end]!r:9} word {word!s:5} {label}")

print("character 18 belongs to token", encoding.char_to_token(18), "of word", encoding.char_to_word(18))
print("word 4 covers characters", tuple(encoding.word_to_chars(4)))
print("with the space kept:", make(trim_offsets=False)(text, return_offsets_mapping=True).offset_mapping[1:5])
