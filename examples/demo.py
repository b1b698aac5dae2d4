"""The main job on a real model, as a user would do it: `make demo`.

Plans, applies and verifies `configs/resnet50.yaml` on ResNet50, then changes one weight and shows
that verifying names it. Writes to `build/demo/`.
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


def change_one_weight(path: Path) -> None:
    """Nudge one element of one kernel of a saved model."""
    model = keras.saving.load_model(path, compile=False)
    layer = model.get_layer(CHANGED)
    kernel, *others = layer.get_weights()
    kernel[0, 0, 0, 0] += 1e-6
    layer.set_weights([kernel, *others])
    model.save(path)
    print(f"\nadded 1e-6 to one element of {CHANGED}/kernel in {path}", flush=True)


def demo() -> None:
    """Validate, plan, apply, verify; change a weight; verify again."""
    OUT.mkdir(parents=True, exist_ok=True)
    model, audit = str(OUT / "model.keras"), str(OUT / "audit.json")
    run("validate", SPEC)
    run("plan", SPEC, *MODEL, "--out", str(OUT / "plan.json"), "--groups")
    run("explain", SPEC, "conv2_block1_3_bn/gamma", *MODEL)
    run("apply", SPEC, *MODEL, "--out", model, "--audit", audit, "--groups")
    run("verify", audit, "--model", model)
    change_one_weight(Path(model))
    run("verify", audit, "--model", model, expected=1)
    print(f"\nThe plan, the model and its audit are in {OUT}/.")


if __name__ == "__main__":
    demo()
