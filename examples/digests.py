"""Digests of a model's weights, to be compared between backends: `python -m examples.digests FILE`.

Every random kind, in every float dtype that all backends share, whole and in pieces.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import keras

import declinit

KINDS = (
    "random_normal",
    "random_uniform",
    "truncated_normal",
    {
        "name": "variance_scaling",
        "scale": 0.5,
        "mode": "fan_avg",
        "distribution": "untruncated_normal",
    },
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "lecun_normal",
    "lecun_uniform",
    "orthogonal",
)
DTYPES = ("float32", "bfloat16", "float16")


def model() -> keras.Model:
    """A Dense layer for each kind and dtype, and one large enough to be filled in pieces."""
    inputs = keras.Input((96,))
    outputs = [
        keras.layers.Dense(64, name=f"{dtype}_{index}", dtype=dtype)(inputs)
        for dtype in DTYPES
        for index in range(len(KINDS))
    ]
    outputs.append(keras.layers.Dense(40_000, name="large", use_bias=False)(inputs))
    return keras.Model(inputs, outputs)


def policy() -> declinit.Spec:
    """One rule a kind."""
    rules = [
        {"match": "**/kernel", "initializer": "glorot_normal"},
        {"match": "**/bias", "initializer": {"name": "random_normal", "stddev": 0.01}},
        *(
            {"match": f"*_{index}/kernel", "initializer": kind, "expect": len(DTYPES)}
            for index, kind in enumerate(KINDS)
        ),
    ]
    return declinit.Spec.from_config({"declinit": 1, "seed": 2024, "rules": rules})


if __name__ == "__main__":
    audit = declinit.apply(policy(), model())
    digests = {path: record.digest for path, record in audit.items()}
    Path(sys.argv[1]).write_text(json.dumps(digests, indent=1), encoding="utf-8")
