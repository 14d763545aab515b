"""Units of everything a trace holds: those its capture names (`record.tensor(..., unit="B")`), and here the others.

    unit(trace, "W")        # "1"
    unit(trace, "rank")     # "count"

`1` is a plain number (a weight, a ratio), `count` says how many, `index` which one; text has the unit `text`.
"""

from __future__ import annotations

import fnmatch

from data_capture.trace import Trace

NATS = "nats per token"
MIXED = "as its columns say"

COMMON = (("*.count", "count"),)
# Of a trace: (names, unit), tried in order.
UNITS: dict[str, tuple[tuple[str, str], ...]] = {
    "auto/from_pretrained": (
        ("*.bytes", "B"),
        ("devices.held", "B"),
        ("memory.held", "B"),
        ("shards.begin", "B"),
        ("parameters.shape", "count"),
        ("weights.*", "index"),
        ("convert.stored", "count"),
        ("convert.held", "count"),
        ("convert.before", "1"),
        ("convert.after", "1"),
        ("devices.difference", "1"),
    ),
    "collectives/ring": (
        ("*.messages", MIXED),
        ("*.contributors", "0 or 1"),
        ("*.before", "1"),
        ("*.after", "1"),
        ("*.history", "1"),
        ("*.payload", "1"),
        ("steps.*", "count"),
        ("ranks", "count"),
        ("elements", "count"),
    ),
    "fsdp/step": (
        ("alive", "B"),
        ("memory.*", "B"),
        ("rows", "index"),
        ("shapes.*", "count"),
        ("ranks", "count"),
        ("layers", "count"),
        ("overlap", "count"),
        ("difference.loss", NATS),
        ("difference.*", "1"),
        ("learning_rate", "1"),
    ),
    "lora/merge": (
        ("base.steps", "count"),
        ("block.rows", "count"),
        ("block.columns", "count"),
        ("loss.*", NATS),
        ("steps", "count"),
        ("sample.*", "index"),
        ("prompt.ids", "index"),
        ("logits.tokens", "index"),
        ("[ABWxh]", "1"),
        ("[ABWh].*", "1"),
        ("delta*", "1"),
        ("logits.*", "1"),
        ("rate.*", "1"),
        ("perplexity.*", "1"),
        ("learning_rate.*", "1"),
        ("*.difference", "1"),
        ("alpha", "1"),
        ("scaling", "1"),
        ("parameters.trainable_share", "1"),
        ("parameters.*", "count"),
        ("matrix.*", "count"),
        ("gradients.*", "count"),
        ("training.*", "count"),
        ("rank*", "count"),
        ("layers", "count"),
        ("hidden", "count"),
        ("vocabulary", "count"),
    ),
    "numbers/dequantize": (
        ("loss.*", NATS),
        ("*bytes_per_weight", "B per weight"),
        ("*.packed", "packed codes"),
        ("*.index", "index"),
        ("absmax.codes", "index"),
        ("x.int8", "index"),
        ("x.mixed", "index"),
        ("x.tokens", "index"),
        ("y.columns", "index"),
        ("sample.*", "index"),
        ("outlier.columns", "index"),
        ("block.row", "index"),
        ("block.column", "index"),
        ("made.place", "index"),
        ("histogram.edges", "1"),
        ("histogram.*", "count"),
        ("scaled.counts", "count"),
        ("*.usage", "count"),
        ("*.codes_used", "count"),
        ("sweep.sizes", "count"),
        ("activation.above", "count"),
        ("*distinct*", "count"),
        ("*.not_nearest", "count"),
        ("blocks.count", "count"),
        ("absmax.nested_block", "count"),
        ("layers*", "count"),
        ("decoder.*", "count"),
        ("matrix.*", "count"),
        ("outlier.real", "yes or no"),
        ("W", "1"),
        ("*.W", "1"),
        ("x", "1"),
        ("x.scales.*", "1"),
        ("y.*", "1"),
        ("absmax*", "1"),
        ("activation.*", "1"),
        ("block.*", "1"),
        ("scaled.edges", "1"),
        ("*.code", "1"),
        ("*error*", "1"),
        ("cosine.*", "1"),
        ("similarity.*", "1"),
        ("embedding.*", "1"),
        ("decomposition.levels", "1"),
        ("int8.scales", "1"),
        ("made.*", "1"),
        ("outlier.threshold", "1"),
        ("outlier.count", "count"),
        ("perplexity.*", "1"),
        ("weights.*", "1"),
    ),
    "tokenization/bpe": (
        ("bytes.text", "byte"),
        ("held_out.characters_per_token", "characters per token"),
        ("*.ids", "index"),
        ("*.offsets", "index"),
        ("*.steps", "count"),
        ("*.lengths", "count"),
        ("*.seen", "count"),
        ("growth.*", "count"),
        ("merges.*", "count"),
        ("tokens.stops", "count"),
        ("stops", "count"),
        ("vocabulary", "count"),
        ("corpus.*", "count"),
        ("held_out.*", "count"),
        ("bytes.alphabet", "count"),
    ),
}


def unit(trace: Trace, name: str) -> str:
    """The unit of a tensor or value; empty where nothing names one, which the tests refuse for committed traces."""
    if name in trace.specs and trace.specs[name].unit:
        return trace.specs[name].unit
    if name in trace.values:
        value = trace.values[name]
        if value.unit:
            return value.unit
        flat = value.value if isinstance(value.value, list) else [value.value]
        if all(isinstance(each, str) for each in flat):
            return "text"
    for names, found in (*UNITS.get(trace.name, ()), *COMMON):
        if fnmatch.fnmatchcase(name, names):
            return found
    return ""
