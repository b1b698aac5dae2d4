"""How alike the names of layers are: words in place of abbreviations, numbers left out."""

from __future__ import annotations

import re

from declinit.globs import Glob

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")

# What people call one thing in a network; the first is what all of them come to.
_SYNONYMS = (
    ("attention", "attn", "mha", "selfattention", "attentions"),
    ("mlp", "ffn", "ffw", "ff", "feedforward", "feed", "forward"),
    ("out", "output", "proj", "projection", "projector", "o", "wo", "down"),
    ("up", "fc", "intermediate", "hidden", "expand", "input"),
    ("embedding", "embeddings", "embed", "emb", "wte", "wpe"),
    ("token", "tok", "tokens", "word", "words", "vocab", "wte"),
    ("position", "pos", "positions", "positional", "wpe"),
    ("query", "q", "wq"),
    ("key", "k", "wk"),
    ("value", "v", "wv"),
    ("head", "logits", "predictions", "prediction", "classifier", "lm"),
    ("norm", "ln", "bn", "layernorm", "batchnorm", "groupnorm", "rmsnorm"),
    ("conv", "convolution", "conv2d"),
    ("relative", "rel"),
    ("class", "cls"),
)
_BY_WORD: dict[str, set[str]] = {}
for _names in _SYNONYMS:
    for _name in _names:
        _BY_WORD.setdefault(_name, set()).add(_names[0])

# Every block is one of these, so they tell nothing.
_COMMON = frozenset(
    ["block", "blocks", "layer", "layers", "transformer", "dense", "self", "c", "h"]
)


def words_of_path(path: str) -> frozenset[str]:
    """The words in the names of the layers that lead to a variable, without its own name."""
    return _words(path.rpartition("/")[0])


def words_of_pattern(glob: Glob) -> frozenset[str]:
    """The words in a pattern's segments but the last, alternatives included."""
    texts = (segment.text for segment in glob.segments[:-1])
    return _words("/".join(re.sub(r"\{\w+(:[^}]*)?\}", "", text) for text in texts))


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """The share of words that two names have in common, between 0 and 1."""
    return len(one & other) / len(one | other) if one | other else 0.0


def _words(text: str) -> frozenset[str]:
    found = {word.lower() for word in _WORD.findall(text)} - _COMMON
    return frozenset().union(*(_BY_WORD.get(word, {word}) for word in found))
