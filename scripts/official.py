"""Whether a link is official: a page in the committed tables of contents, or on a site known to be official.

documentation = load_official()
documentation.judge("https://huggingface.co/docs/peft/index")      # "listed"
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from scripts.model import ScriptError
from scripts.reader import ROOT, read_text

FILE = "official.yaml"
DOCS = "https://huggingface.co/docs/"


@dataclass(frozen=True)
class Official:
    """`pages` are addresses; `unchecked` are pages named though no table of contents has them; `hosts` whole sites."""

    pages: frozenset[str]
    unchecked: frozenset[str]
    hosts: tuple[str, ...]

    def judge(self, address: str) -> str:
        """`listed`, `unchecked`, or empty for what is not official or does not exist."""
        plain = address.partition("#")[0].rstrip("/")
        if plain in self.pages:
            return "listed"
        parts = urlsplit(plain)
        site = f"{parts.netloc}{parts.path}/"
        known = plain in self.unchecked or any(site.startswith(f"{host.rstrip('/')}/") for host in self.hosts)
        return "unchecked" if known and parts.scheme == "https" else ""


def load_official(path: Path = ROOT / FILE) -> Official:
    """Read the committed list. ScriptError if it is faulty."""
    try:
        written = yaml.safe_load(read_text(path))
        pages = {
            f"{DOCS}{library}/{page}" for library, told in written["documentation"].items() for page in told["pages"]
        }
        pages |= {f"{DOCS}{library}" for library in written["documentation"]}
        return Official(frozenset(pages), frozenset(written["unchecked"]), tuple(written["hosts"]))
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        what = " ".join(str(error).split())
        raise ScriptError(
            f"{path}:1: not a list of official pages ({type(error).__name__}: {what}); mend it"
        ) from error
