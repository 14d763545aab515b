"""损坏或恶意的文件：读取器怎样拒绝 · Damaged and hostile files: how the reader refuses them.

环境 Environment: pip install torch transformers==5.23.0 safetensors numpy
"""

import json
import struct

from safetensors import SafetensorError
from safetensors.numpy import load


def file(header, data, size=None):
    """A file by hand: length, header, data. `header` may be a dictionary or text."""
    text = (header if isinstance(header, str) else json.dumps(header)).encode()
    return struct.pack("<Q", len(text) if size is None else size) + text + data


def tensor(shape, begin, end, dtype="F32"):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


good = file({"a": tensor([2], 0, 8), "b": tensor([1], 8, 12)}, bytes(12))
print("good:", sorted(load(good)))

files = {
    "cut short": good[:-1],
    "bytes left over": good + b"\0",
    "a hole between": file({"a": tensor([2], 0, 8), "b": tensor([1], 12, 16)}, bytes(16)),
    "an overlap": file({"a": tensor([2], 0, 8), "b": tensor([2], 4, 12)}, bytes(12)),
    "shape and length differ": file({"a": tensor([3], 0, 8)}, bytes(8)),
    "unknown dtype": file({"a": tensor([2], 0, 8, "X9")}, bytes(8)),
    "one name twice": file('{"a":%s,"a":%s}' % ((json.dumps(tensor([2], 0, 8)),) * 2), bytes(8)),
    "header not JSON": file("{oops", b""),
    "header of 200 MB": file({}, b"", size=200_000_000),
    "shape overflows": file({"a": tensor([2**40, 2**40], 0, 8)}, bytes(8)),
    "not even eight bytes": b"abc",
}
for what, content in files.items():
    try:
        print(f"{what:24} accepted: {sorted(load(content))}")
    except SafetensorError as error:
        print(f"{what:24} {str(error).removeprefix('Error while deserializing: ')[:82]}")
