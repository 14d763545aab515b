"""练习解答：CTC 的贪心解码 · Solution: greedy decoding for CTC.

环境 Environment: pip install torch transformers==5.23.0
"""

from itertools import groupby

from transformers import Wav2Vec2CTCTokenizer

tokenizer = Wav2Vec2CTCTokenizer.from_pretrained("facebook/wav2vec2-base-960h")
blank = tokenizer.pad_token
print("blank:", blank, "· between words:", tokenizer.word_delimiter_token)


def decode(frames):
    """Merge repeats, then drop blanks."""
    return "".join(letter for letter, _ in groupby(frames) if letter != blank).replace("|", " ")


def wrong_order(frames):
    return "".join(letter for letter, _ in groupby(frame for frame in frames if frame != blank)).replace("|", " ")


frames = [*"HH", blank, "E", blank, *"LL", blank, *"LO", *"OO", "|", "|", *"YO", blank, "U"]
print("frames:", len(frames), "· letters:", decode(frames))
print("the library:", tokenizer.decode(tokenizer.convert_tokens_to_ids(frames)))
print("the same:", decode(frames) == tokenizer.decode(tokenizer.convert_tokens_to_ids(frames)))
print("blanks dropped first:", wrong_order(frames))
