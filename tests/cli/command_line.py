"""What tests of the command line share: models, specs, and running it as a program."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema

import declinit
from declinit.checks.files import schema_text

FINE, FINDINGS, USAGE, INTERNAL = 0, 1, 2, 3
MODEL = ("--model", "cli_models:tiny")
PROGRAM = (sys.executable, "-m", "declinit")

MODELS = r"""
import sys
import keras
from keras import layers


def tiny(units=2, name="head"):
    inputs = keras.Input((3,))
    x = layers.LayerNormalization(name="norm")(inputs)
    return keras.Model(inputs, layers.Dense(units, name=name)(x), name="tiny")


def hostile():
    return tiny(name="evil\x1b[2J\nfine")


def deep(layers_=40):
    x = inputs = keras.Input((3,))
    for number in range(layers_):
        x = layers.Dense(3, name=f"a_layer_with_a_very_long_name_indeed_{number:03}")(x)
    return keras.Model(inputs, x)


class Scale(layers.Layer):
    def build(self, shape):
        self.scale = self.add_weight(name="scale", shape=shape[-1:])

    def call(self, inputs):
        return inputs * self.scale


def scaled(scales=1):
    x = inputs = keras.Input((3,))
    for number in range(scales):
        x = Scale(name=f"scale_{number}")(x)
    return keras.Model(inputs, x)


def raising():
    raise RuntimeError("no GPU today")


def inside_keras():
    layers.Dense(-1)


def exiting():
    sys.exit("bye")


def talking():
    print("building")
    return tiny()


def unbuilt():
    return keras.Sequential([layers.Dense(2, name="head")], name="lazy")


class Unsaveable(keras.Model):
    def get_config(self):
        raise RuntimeError("no config")


def unsaveable():
    inputs = keras.Input((3,))
    return Unsaveable(inputs, layers.Dense(2, name="head")(inputs))


class Leaving(keras.Model):
    def get_config(self):
        raise SystemExit("bye")


def leaving():
    inputs = keras.Input((3,))
    return Leaving(inputs, layers.Dense(2, name="head")(inputs))


def numbered():
    inputs = keras.Input((3,), dtype="int32", name="numbers")
    return keras.Model(inputs, layers.Dense(2)(keras.ops.cast(inputs, "float32")))


class Failing(layers.Dense):
    def call(self, inputs):
        if not isinstance(inputs, keras.KerasTensor):
            raise RuntimeError("not today")
        return super().call(inputs)


def failing():
    inputs = keras.Input((3,))
    return keras.Model(inputs, Failing(2)(inputs), name="failing")


def seven():
    return 7


instance = tiny()
"""

SPEC = """declinit: 1
seed: 3
rules:
  - id: kernels
    match: "**/kernel"
    initializer: he_normal
  - id: rest
    match: ["**/bias", "**/beta"]
    initializer: zeros
  - id: gains
    match: "**/gamma"
    initializer: ones
"""

FAULTY = """declinit: 1
rules:
  - match: "**/kernel"
    initializer: he_norml
"""


def process(*command: str, **more) -> subprocess.CompletedProcess[str]:
    """Run a program in a process of its own."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": environment()} | more
    return subprocess.run(command, check=False, text=True, timeout=60, **streams)


def environment(**more: str) -> dict[str, str]:
    """The variables of this process, in which declinit can be imported from any folder."""
    root = str(Path(declinit.__file__).parent.parent)
    return {**os.environ, "PYTHONPATH": root, "TF_CPP_MIN_LOG_LEVEL": "3", **more}


def names() -> list[str]:
    """The files in the working directory."""
    return sorted(entry.name for entry in Path().iterdir() if entry.name != "__pycache__")


def valid(text: str, schema: str) -> dict:
    """The data in a JSON text that keeps to a published schema."""
    data = json.loads(text)
    jsonschema.validate(data, json.loads(schema_text(schema)))
    return data
