"""Results by content hash, and the error all rooms share.

    folder = Store().produce(key({"text": "..."}), make)   # make(folder) runs only if no sound entry is there

Every entry carries a manifest with the size and sha256 of each of its files. It is published by rename, so it
is whole or absent, and `get` reads every byte again before handing it out.
"""

from store.entries import Store, key
from store.errors import CourseError, StoreError

__all__ = ["CourseError", "Store", "StoreError", "key"]
