"""练习的解：数字从左与从右每三位一组 · Solution: digits in threes from the left and from the right.

环境 Environment: pip install tokenizers==0.23.3
"""

from tokenizers import Regex, pre_tokenizers

left = pre_tokenizers.Split(Regex(r"\d{1,3}"), behavior="isolated")
right = pre_tokenizers.Split(Regex(r"\d{1,3}(?=(?:\d{3})*(?!\d))"), behavior="isolated")


def cut(splitter, text):
    return [piece for piece, _ in splitter.pre_tokenize_str(text)]


for text in ("7", "1234", "1234567", "999 + 1 = 1000"):
    print(f"{text:15} from the left {'|'.join(cut(left, text)):20} from the right {'|'.join(cut(right, text))}")

numbers = [str(number) for number in (5, 56, 567, 5678, 56789, 567890, 5678901)]
for name, splitter in (("left", left), ("right", right)):
    lengths = [len(cut(splitter, number)[-1]) for number in numbers]
    same = set(lengths[2:]) == {3}
    print(f"from the {name}: digits in the last piece {lengths}, the same from three digits on: {same}")
