"""Full-text search in Chinese: words are cut by jieba when the index is made, and by that index when one searches.

A browser cannot cut words the way jieba does, and Sphinx looks a run of Chinese up as one word. So the query is cut
into the fewest words the index has; signs between them that are in no word are looked up alone.
"""

from __future__ import annotations

import logging
from pathlib import Path

import jieba
from sphinx.search.zh import SearchChinese

jieba.setLogLevel(logging.WARNING)


class Chinese(SearchChinese):
    """Sphinx's own, with a splitter for the query."""

    language_name = "English"  # Sphinx 9.0 calls the stemmer's class after it, and the stemmer is the English one
    js_splitter_code = (Path(__file__).parent / "split.js").read_text(encoding="utf-8")

    stopwords = SearchChinese.stopwords | set("的了是在和与或也就都而及着不有这那为对把被从到上下中")

    def split(self, input: str) -> list[str]:
        return [word for word in super().split(input) if word.strip()]

    def word_filter(self, stemmed_word: str) -> bool:
        """Words of one sign are words too, such as 秩 and 层."""
        return stemmed_word not in self.stopwords and (len(stemmed_word) > 1 or stemmed_word >= "\u3400")
