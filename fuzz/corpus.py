"""The good texts that mutations start from."""

from __future__ import annotations

import functools
import io
import os
import tempfile
from pathlib import Path
from typing import Any

from declinit.documents.node import Node
from declinit.documents.reading import parse
from declinit.kinds.extensions import current_registry
from declinit.layers.fans import FanAxes
from declinit.plans.inventory import VariableInfo

SPECS = Path(__file__).parent.parent / "tests" / "checks" / "specs"
SPEC_NAME = str(SPECS / "good" / "fuzzed.yaml")
"""Beside which the files are that a fuzzed spec may extend."""

BASE = (
    "declinit: 1\nseed: 7\nstrict: {unused: allow, unmatched: allow}\nrules:\n"
    "- {id: kernels, match: '**/kernel', initializer: {name: random_normal, stddev: 0.02}}\n"
    "- {id: bias, match: ['**/bias', '**/beta'], initializer: zeros, expect: {min: 1}}\n"
    "- {id: head, match: 'head/{kernel,bias}', initializer: {class_name: HeNormal, config: {}}}\n"
    "- {id: frozen, match: '**/moving_mean', keep: true}\n"
    "- {id: copy, match: 'head/bias', copy_of: {path: decoder/block_11/mlp/down/bias, scale: 2}}\n"
)
KIND = "declinit: 1\nrules:\n- {{match: '**', initializer: '{}'}}\n"
"""Of every kind there is one, so that none is first met, and first imported, by a mutation."""
PATHS = (
    "decoder/block_0/attention/query/kernel",
    "decoder/block_11/mlp/down/bias",
    "head/kernel",
    "head/bias",
    "bn/moving_mean",
)
PATTERNS = (
    *("**/kernel", "decoder/block_{0..11}/**", "*/{query,key}*/[a-z]*", "head/k?rnel", "**"),
    *(r"a\*b/[!0-9]", "{a,{b,c}d}/**/x", "blocks/{0..3}{4..9}", "*a*b*c"),
)
RULE_TEXTS = (
    *("**/bias=zeros", "head/kernel=constant(value=0.1)", "head/kernel=keep"),
    *("a/{b,c}={name: he_normal, seed: 3}", "a=b(x='1, 2', y=[1, 2], z={a: 1},)"),
    "**=RandomUniform(minval=-1, maxval=1)",
    *(
        "head/bias=copy_of(decoder/{x}/bias)",
        "k=copy_of(a, transpose=[1, 0], scale='1 / sqrt(2)',)",
    ),
)
FORMULAS = (
    *("0.02 / sqrt(2 * n)", "base ** 2 - -1e3", "max(n, 1, base) * (fan_in + 1)", "2 ** 0.5"),
    *(
        "exp(log(n)) / count(l)",
        "size($blocks, 0) + dim(-1)",
        "floor(min(1, 2) / 3)",
        "-n ** -base",
    ),
)
OVERRIDES = (
    *("seed=7", "seed=null", "strict.unused=warn", "strict={unused: allow}", "generator=keras"),
    *("kernels.initializer.stddev=0x10", "bias.expect.min=3", "head.initializer=ones"),
    *("head.match=[a, 'b/**']", "note='a=b'", "head.initializer.config.seed={}"),
)


def inventory() -> tuple[VariableInfo, ...]:
    """A few variables without a model."""
    axes = FanAxes((0,), (1,))
    facts: dict[str, Any] = {"dtype": "float32", "layer": "Dense", "enclosing_classes": ("Dense",)}
    return tuple(
        VariableInfo(
            path=path,
            shape=(3, 4) if path.endswith("kernel") else (4,),
            axes=axes if path.endswith("kernel") else None,
            trainable="moving" not in path,
            aliases=("tied",) if path == "head/kernel" else (),
            **facts,
        )
        for path in PATHS
    )


def specs() -> list[str]:
    """The specs of the tests, good ones more often: few changes leave a bad one readable."""
    good, bad = (sorted(SPECS.glob(pattern)) for pattern in ("good/*.*", "bad/*.yaml"))
    files = [*good * 8, *bad]
    kinds = [KIND.format(kind) for kind in current_registry()]
    return [*[BASE] * 8, *(file.read_text(encoding="utf-8") for file in files), *kinds]


def base() -> Node:
    """A spec that overrides and rules are added to."""
    return parse(BASE, SPEC_NAME)


@functools.cache
def _model() -> Any:
    os.environ.setdefault("KERAS_BACKEND", "numpy")
    import keras

    layers = keras.layers
    return keras.Sequential(
        [keras.Input((4, 3)), layers.LSTM(2, name="lstm"), layers.Dense(2, name="head")]
    )


def _policy() -> dict[str, Any]:
    rules = [
        {"match": "**/bias", "initializer": "zeros"},
        {"match": "**/recurrent_kernel", "initializer": {"name": "orthogonal", "gain": 0.5}},
        {"id": "head", "match": "head/kernel", "initializer": "he_normal"},
        {"match": "head/bias", "keep": True},
    ]
    return {"declinit": 1, "seed": 7, "strict": {"unmatched": "allow"}, "rules": rules}


def checkpoints() -> list[str]:
    """Files of weights in each format, their bytes as characters."""
    import numpy as np
    from safetensors.numpy import save

    kernels = [np.full(shape, 0.5, "float32") for shape in ((3, 4), (4, 4), (12,), (0, 4))]
    named = [{"head/kernel": one, "head/bias": one[:1]} for one in kernels]
    files = [written for one in named for written in (_npz(one), _hdf5(one), save(one))]
    return [file.decode("latin-1") for file in files]


def _npz(tensors: dict[str, Any]) -> bytes:
    import numpy as np

    file = io.BytesIO()
    np.savez(file, **tensors)
    return file.getvalue()


def _hdf5(tensors: dict[str, Any]) -> bytes:
    import h5py

    file = io.BytesIO()
    with h5py.File(file, "w") as opened:
        for index, tensor in enumerate(tensors.values()):
            opened[f"layers/head/vars/{index}"] = tensor
    return file.getvalue()


LOADING = (
    "declinit: 1\nseed: 7\nstrict: {unused: allow, unmatched: allow, leftover: warn}\n"
    "checkpoints: {base: nowhere.npz}\nrules:\n"
    "- {match: '**', load: {from: base, on_missing: draw, on_shape: slice}, initializer: ones}\n"
)


LOADS = """declinit: 1
seed: 7
strict: {{unused: allow, unmatched: allow, leftover: warn}}
checkpoints: {{base: {path}, other: {path}}}
rules:
- {{match: '**/query/kernel', load: {{from: base, rename: {{'h.{{l}}.attn.{{x:*}}':
    'decoder/block_{{l}}/attention/query/{{x}}'}}, take: '..., ::3', transpose: [1, 0],
    reshape: [3, 4]}}}}
- {{match: 'head/{{kernel,bias}}', load: {{from: other, on_missing: draw, on_shape: slice}},
    initializer: {{name: random_normal, stddev: 0.02}}}}
- {{match: 'decoder/{{x:*}}/mlp/down/bias', load: {{from: base, on_missing: keep}}}}
- {{match: bn/moving_mean, copy_of: {{path: head/bias, reshape: [4], scale: 1 / dim(-1)}},
    initializer: ones}}
"""
"""Everything that a rule can say of what it loads; once more where the file keeps it otherwise."""


@functools.cache
def loads() -> list[str]:
    """Specs that load from files, one of each format."""
    import numpy as np
    from safetensors.numpy import save

    tensors = {
        "h.0.attn.kernel": np.ones((4, 9), "float32"),
        "head/kernel": np.ones((2, 4), "float32"),
        "head/bias": np.ones(4, "float16"),
    }
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    files = {"a.npz": _npz(tensors), "a.safetensors": save(tensors), "a.weights.h5": _hdf5(tensors)}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return [LOADS.format(path=folder / name) for name in files]


def _loading_policy() -> dict[str, Any]:
    """The policy, with a head that is loaded and a bias that is copied."""
    file = loads()[0].partition("base: ")[2].partition(",")[0]
    policy = _policy()
    load = {"from": "base", "on_shape": "slice", "rename": {"head/{x:*}": "head/{x}"}}
    drawn = {"name": "random_normal", "stddev": "1 / dim(-1)"}
    rules = [
        *policy["rules"],
        {"match": "head/*", "load": load, "initializer": drawn},
        {
            "match": "lstm/cell/bias",
            "copy_of": {"path": "lstm/cell/kernel", "take": "0", "reshape": [8], "scale": 2},
        },
    ]
    strict = {"unmatched": "allow", "shadowed": "allow", "leftover": "allow"}
    return policy | {"checkpoints": {"base": file}, "strict": strict, "rules": rules}


def plans() -> list[str]:
    """Plans of a small model."""
    import declinit

    return [declinit.resolve(one, _model()).to_json() for one in (_policy(), _loading_policy())]


def audits() -> list[str]:
    """Audits of the same model."""
    import declinit

    return [declinit.apply(one, _model()).to_json() for one in (_policy(), _loading_policy())]
