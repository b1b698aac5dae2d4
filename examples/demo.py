"""The main job on a real model, as a user would do it: `make demo`.

Plans, applies and verifies `configs/resnet50.yaml` on ResNet50, then changes one weight of a copy
and shows that verifying names it; last comes a page with pictures. Writes to `build/demo/`.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import keras

from declinit.cli import main

SPEC = "configs/resnet50.yaml"
MODEL = ["--model", "keras.applications:ResNet50", "--kwargs", '{"weights": null}']
OUT = Path("build/demo")
CHANGED = "conv4_block3_2_conv"


def run(*arguments: str, expected: int = 0) -> None:
    """Run one command, shown as it would be typed; stop unless it ends as expected."""
    print(f"\n$ declinit {shlex.join(arguments)}", flush=True)
    code = main(arguments)
    if code != expected:
        sys.exit(f"expected exit code {expected}, received {code}")


def copy_with_one_weight_changed(original: str, copy: str) -> None:
    """Save a model again with one element of one kernel nudged."""
    model = keras.saving.load_model(original, compile=False)
    layer = model.get_layer(CHANGED)
    kernel, *others = layer.get_weights()
    kernel[0, 0, 0, 0] += 1e-6
    layer.set_weights([kernel, *others])
    model.save(copy)
    print(f"\n{copy} is {original} with 1e-6 added to one element of {CHANGED}/kernel", flush=True)


def demo() -> None:
    """Validate, plan, apply, verify; change a weight of a copy; verify the copy; report."""
    OUT.mkdir(parents=True, exist_ok=True)
    model, audit = str(OUT / "model.keras"), str(OUT / "audit.json")
    run("validate", SPEC)
    run("plan", SPEC, *MODEL, "--out", str(OUT / "plan.json"), "--groups")
    run("explain", SPEC, "conv2_block1_3_bn/gamma", *MODEL)
    run("apply", SPEC, *MODEL, "--out", model, "--audit", audit, "--groups")
    run("verify", audit, "--model", model)
    changed = str(OUT / "changed.keras")
    copy_with_one_weight_changed(model, changed)
    run("verify", audit, "--model", changed, expected=1)
    page = str(OUT / "report.html")
    run("report", SPEC, *MODEL, "--out", page)
    print(f"\nThe plan, the model, its audit and the changed copy are in {OUT}/.")
    print(f"What the policy draws, with pictures: open {page} in a browser.")


if __name__ == "__main__":
    demo()
