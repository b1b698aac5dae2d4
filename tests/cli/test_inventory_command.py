"""`declinit inventory`."""

from __future__ import annotations

import json

from command_line import FINE, MODEL


def test_inventory_gives_json(run):
    code, out, _ = run("inventory", *MODEL, "--format", "json")
    data = json.loads(out)
    kernel = next(one for one in data["variables"] if one["path"] == "head/kernel")
    assert (code, data["declinit_inventory"]) == (FINE, 1)
    assert (kernel["shape"], kernel["layer"]) == ([3, 2], "Dense")
    assert kernel["initializer"]["class_name"] == "GlorotUniform"


def test_inventory_lists_what_a_layer_now_has(run):
    _, out, _ = run("inventory", *MODEL)
    rows = {line.split("\t")[0]: line.split("\t")[1:] for line in out.splitlines()}
    assert rows["head/kernel"][:6] == [
        "3x2",
        "float32",
        "Dense",
        "trainable",
        "GlorotUniform",
        "fan_in 3, fan_out 2",
    ]
