"""An example of each key of a spec; a test validates all of them."""

from __future__ import annotations

from collections.abc import Mapping


def _rule(*lines: str) -> str:
    body = "".join(f"    {line}\n" for line in lines)
    return f'rules:\n  - match: "**/kernel"\n{body}'


def _drawn(*lines: str) -> str:
    return _rule("initializer: he_normal", *lines)


def _loaded(*lines: str) -> str:
    steps = "".join(f"      {line}\n" for line in lines)
    return f"checkpoints: {{base: base.safetensors}}\n{_rule('load:', '  from: base')}{steps}"


def _copied(*lines: str) -> str:
    return _rule("copy_of:", "  path: tokens/embeddings", *(f"  {line}" for line in lines))


EXAMPLES: Mapping[str, str] = {
    "$schema": "$schema: .declinit/spec.schema.json\n",
    "declinit": "declinit: 1\n",
    "note": "note: as in section 3 of the paper\n",
    "seed": "seed: 2024\n",
    "generator": "generator: keras\n",
    "fans": "fans: keras\n",
    "extends": "extends: recipe:nanogpt\n",
    "disable": "extends: recipe:nanogpt\ndisable: [norm-scale]\n",
    "strict": "strict: {unused: warn}\n",
    "strict.unmatched": "strict: {unmatched: allow}\n",
    "strict.unused": "strict: {unused: warn}\n",
    "strict.shadowed": "strict: {shadowed: error}\n",
    "strict.overlap": "strict: {overlap: error}\n",
    "strict.leftover": "strict: {leftover: warn}\n",
    "constants": "constants: {std: 0.02, half: std / 2}\n",
    "groups": 'groups: {residual_out: "block_{l}/out/kernel"}\n',
    "checkpoints": "checkpoints: {base: weights/base.safetensors}\n",
    "allow": "allow: [DI337]\n",
    "moved": "moved:\n  - {from: encoder/old, to: encoder/new}\n",
    "moved.from": "moved:\n  - {from: encoder/old, to: encoder/new}\n",
    "moved.to": "moved:\n  - {from: encoder/old, to: encoder/new}\n",
    "rules": _drawn(),
    "rules.id": _drawn("id: kernels"),
    "rules.match": 'rules:\n  - match: ["block_{0..11}/*/kernel", head/kernel]\n    initializer: he_normal\n',
    "rules.exclude": _drawn("exclude: head/kernel"),
    "rules.layer": _drawn("layer: [Conv2D, DepthwiseConv2D]"),
    "rules.initializer": _rule("initializer: {name: random_normal, stddev: 1 / sqrt(fan_in)}"),
    "rules.parts": _drawn("parts:", "  - {at: '0', initializer: zeros}"),
    "rules.load": _loaded(),
    "rules.copy_of": _copied(),
    "rules.keep": _rule("keep: true"),
    "rules.expect": _drawn("expect: 4"),
    "rules.expect.min": _drawn("expect: {min: 4}"),
    "rules.expect.max": _drawn("expect: {min: 4, max: 12}"),
    "rules.optional": _drawn("optional: true"),
    "rules.seed": _drawn("seed: 7"),
    "rules.note": _drawn("note: as in GPT-2"),
    "rules.allow": 'rules:\n  - match: "dense_1/kernel"\n    initializer: he_normal\n    allow: [DI334]\n',
    "rules.inherited": _drawn("inherited: true"),
    "rules.parts.at": _drawn("parts:", "  - {at: '..., :64', initializer: zeros}"),
    "rules.parts.gate": 'rules:\n  - match: "lstm/*/bias"\n    initializer: zeros\n    parts:\n'
    "      - {gate: forget, initializer: ones}\n",
    "rules.parts.initializer": _drawn("parts:", "  - {at: '0', initializer: zeros}"),
    "rules.load.from": _loaded(),
    "rules.load.on_missing": _loaded("on_missing: draw").rstrip()
    + "\n    initializer: he_normal\n",
    "rules.load.on_shape": _loaded("on_shape: slice").rstrip() + "\n    initializer: he_normal\n",
    "rules.load.rename": _loaded('rename: {"h.{l}.mlp.{x:*}": "block_{l}/{x}"}'),
    "rules.load.take": _loaded('take: "..., :768"'),
    "rules.load.transpose": _loaded("transpose: [1, 0]"),
    "rules.load.reshape": _loaded("reshape: [768, 12, 64]"),
    "rules.copy_of.path": _copied(),
    "rules.copy_of.take": _copied('take: "..., :768"'),
    "rules.copy_of.transpose": _copied("transpose: [1, 0]"),
    "rules.copy_of.reshape": _copied("reshape: [768, 12, 64]"),
    "rules.copy_of.scale": _copied("scale: 1 / sqrt(fan_in)"),
}
