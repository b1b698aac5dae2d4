"""What is checked in several JAX processes: each is one run of this file, by `test_processes.py`.

    python on_processes.py PORT COUNT INDEX together        # all checks, in two
    python on_processes.py PORT COUNT INDEX of_any_number   # those that hold for any number
    python on_processes.py PORT COUNT INDEX killed FOLDER   # process 1 is killed as it initializes

It prints one line of JSON: per check its name, and what this process ended with.
"""

# ruff: noqa: E402 -- the number of devices is set before JAX is imported

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import traceback
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"
os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=" + (
    "3" if sys.argv[2] == "2" else "2"
)
os.environ["JAX_PLATFORMS"] = "cpu"
# Keras imports TensorFlow, where it is installed, to serialize any object: seconds for nothing.
sys.modules["tensorflow"] = None  # type: ignore[assignment]

import jax

PORT, COUNT, INDEX = map(int, sys.argv[1:4])
MODE = sys.argv[4]
HEARTBEAT = 30  # seconds

jax.config.update("jax_cpu_collectives_implementation", "gloo")
jax.distributed.initialize(
    f"localhost:{PORT}",
    COUNT,
    INDEX,
    heartbeat_timeout_seconds=HEARTBEAT,
    shutdown_timeout_seconds=300,
)

import keras
import numpy as np
from every_kind import in_every_layout, with_weights
from keras.distribution import DataParallel, DeviceMesh, LayoutMap, ModelParallel, TensorLayout

import declinit
from declinit.initializers import portable
from declinit.model import gathering, tensors, verification

NORMAL = {"match": "**/kernel", "initializer": "he_normal"}


def spec(*rules: dict, **settings: object) -> dict:
    return {"declinit": 1, "rules": [{"match": "**", "initializer": "zeros"}, *rules], **settings}


def made() -> keras.Model:
    layers = [keras.layers.Dense(24, name=name) for name in ("first", "second")]
    return keras.Sequential([keras.Input((8,)), *layers], name="model")


def sharded(make=made):
    """What `make` gives, under a layout that spreads kernels over both processes."""
    layouts = LayoutMap(DeviceMesh((jax.device_count(),), ("model",), jax.devices()))
    layouts[".*kernel"] = TensorLayout([None, "model"])
    with ModelParallel(layout_map=layouts).scope():
        return make()


def raising_on_process_1(shape, dtype=None):
    if INDEX == 1:
        raise OSError("no such device")
    return keras.ops.ones(shape, dtype)


def dying_on_process_1(shape, dtype=None):
    if INDEX == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return keras.ops.ones(shape, dtype)


def fives(shape, dtype=None):
    return keras.ops.full(shape, 5.0, dtype)


declinit.register("fives", fives)
declinit.register("raising", raising_on_process_1)
declinit.register("dying", dying_on_process_1)
FAILING = {"match": "second/kernel", "initializer": "raising"}


def of_audit(model, audit) -> list:
    return [audit.provenance.seed, audit.to_json(), bool(declinit.verify(audit, model))]


def here(mine, other):
    """The one thing on process 0, another on process 1."""
    return (mine, other)[INDEX]


CHECKS: dict[str, object] = {}
OF_ANY_NUMBER = {"every_kind_in_every_layout", "apply_raises_on_1", "files_in_other_folders"}


def check(function):
    if MODE != "of_any_number" or function.__name__ in OF_ANY_NUMBER:
        CHECKS[function.__name__] = function
    return function


@check
def apply_without_seed():
    """One root for all."""
    model = sharded()
    return of_audit(model, declinit.apply(spec(NORMAL), model))


@check
def build_without_seed():
    """One root for all."""
    return of_audit(*sharded(lambda: declinit.build(made, spec(NORMAL))))


@check
def resolve_without_seed():
    """One root for all."""
    return declinit.resolve(spec(NORMAL), sharded()).to_json()


@check
def unsharded_without_seed():
    """Models of which each process has its own copy agree too."""
    model = made()
    return of_audit(model, declinit.apply(spec(NORMAL), model))


@check
def own_initializer_on_all():
    """An initializer of the user's, and a kept variable, on every process."""
    rules = {"match": "second/kernel", "initializer": "fives"}, {"match": "first/*", "keep": True}
    model = sharded()
    return of_audit(model, declinit.apply(spec(*rules, seed=1), model))


COPIES = (
    {"match": "first/kernel", "copy_of": {"path": "second/kernel", "take": ":8", "scale": 0.5}},
    {"match": "*/bias", "copy_of": {"path": "second/kernel", "take": "0", "reshape": [24]}},
)


@check
def copies_of_shards():
    """Copies between variables whose shards lie on both processes, and of what is whole."""
    whole, rules = made(), spec(NORMAL, *COPIES, seed=1)
    audit, model = declinit.apply(rules, whole), sharded()
    built, recorded = sharded(lambda: declinit.build(made, rules))
    applied = declinit.apply(rules, model)
    same = applied.entries == audit.entries == recorded.entries
    return [same, bool(declinit.verify(audit, model)), bool(declinit.verify(audit, built))]


@check
def other_spec_on_1():
    """Another spec."""
    rule = here(NORMAL, {**NORMAL, "initializer": "he_uniform"})
    return declinit.apply(spec(rule, seed=1), sharded())


@check
def seed_on_1_only():
    """A seed in one of two specs."""
    return declinit.apply(spec(NORMAL, **here({}, {"seed": 1})), sharded())


@check
def no_file_on_1():
    """A spec that one host lacks."""
    return declinit.apply(here(spec(NORMAL, seed=1), "missing.yaml"), sharded())


@check
def no_file_on_any():
    """A spec that all hosts lack: an error as of one process."""
    return declinit.apply("missing.yaml", sharded())


@check
def apply_raises_on_1():
    """An initializer that fails on one host while the plan is carried out."""
    return declinit.apply(spec(FAILING, seed=1), sharded())


@check
def build_raises_on_1():
    """An initializer that fails on one host while the model is built."""
    return sharded(lambda: declinit.build(made, spec(FAILING, seed=1)))


@check
def building_function_raises_on_1():
    """A model that cannot be built on one host."""

    def make():
        if INDEX == 1:
            raise MemoryError("too large")
        return made()

    return sharded(lambda: declinit.build(make, spec(NORMAL, seed=1)))


@check
def applying_on_0_verifying_on_1():
    """Different functions."""
    model = sharded()
    audit = declinit.apply(spec(NORMAL, seed=1), model)
    return declinit.apply(audit, model) if INDEX == 0 else declinit.verify(audit, model)


@check
def other_replicas():
    """A variable whose copy differs on one process."""
    model = made()
    audit = declinit.apply(spec(NORMAL, seed=1), model)
    if INDEX == 1:
        model.layers[0].bias.assign(model.layers[0].bias + 1)
    return declinit.verify(audit, model)


def in_copies(make=made):
    """What `make` gives, with a copy of everything on each device."""
    with DataParallel(device_mesh=DeviceMesh((6,), ("batch",), jax.devices())).scope():
        return make()


def uneven(differs):
    """The verdicts on a model of which some devices hold another copy of one bias."""
    model = in_copies()
    audit = declinit.apply(spec(NORMAL, seed=1), model)
    bias = model.layers[0].bias
    before, sharding = bias.value, bias.value.sharding
    pieces = [
        jax.device_put(np.asarray(one.data) + differs(one.device), one.device)
        for one in before.addressable_shards
    ]
    bias._value = jax.make_array_from_single_device_arrays(before.shape, sharding, pieces)
    even = bool(declinit.verify(audit, in_copies_of(audit)))
    found = declinit.verify(audit, model)
    return [even, repr(found), found["first/bias"].reason]


def in_copies_of(audit):
    model = in_copies()
    declinit.apply(audit, model)
    return model


@check
def copies_of_process_1_differ():
    """A copied variable whose copies on process 1 are others."""
    return uneven(lambda device: INDEX)


@check
def copies_inside_process_0_differ():
    """A copied variable that is another one on the last device of process 0 alone."""
    return uneven(lambda device: float(device == jax.devices()[2]))


@check
def long_text():
    """An error far longer than a message, with characters of several bytes and newlines."""
    return declinit.apply(here(spec(NORMAL, seed=1), "é\n" * 20000), sharded())


def wide(dtype: str) -> keras.Model:
    layers = [keras.layers.Dense(units, name=f"wide_{units}", dtype=dtype) for units in (768, 516)]
    return keras.Sequential([keras.Input((240,)), *layers])


CUTS = {
    "rows": ("x", None),
    "columns": (None, "y"),
    "both": ("x", "y"),
    "neither": (None, None),
}
EVERY_WAY = (
    {"match": "**/kernel", "initializer": "he_normal"},
    {"match": "wide_516/kernel", "initializer": "orthogonal"},
    {"match": "**/bias", "initializer": "random_uniform"},
    {"match": "wide_516/bias", "initializer": "fives"},
)


@check
def every_layout():
    """Three shards of an axis cut tiles in two; each process measures its share, in small rounds."""
    gathering.ROUND_BYTES = 300_000
    found = {}
    for dtype in ("float32", "bfloat16"):
        policy = spec(*EVERY_WAY, seed=1)
        expected = declinit.apply(policy, wide(dtype))
        for cut, axes in CUTS.items():
            # Each process holds parts of both axes.
            layouts = LayoutMap(DeviceMesh((2, 3), ("x", "y"), jax.devices()))
            layouts[".*kernel"] = TensorLayout(axes)
            layouts[".*bias"] = TensorLayout(axes[1:])
            keras.utils.set_random_seed(0)
            with ModelParallel(layout_map=layouts).scope():
                model = wide(dtype)
            with counted_values() as sizes:
                audit = declinit.apply(policy, model)
                verified = bool(declinit.verify(audit, model))
            same = all(audit[path].measure == record.measure for path, record in expected.items())
            found[f"{dtype} {cut}"] = [same, verified, sum(sizes)]
    return found


@contextlib.contextmanager
def counted_values():
    """Sizes of the blocks of the first kernel that are drawn inside."""
    sizes: list[int] = []
    draw = portable.draw

    def counting(distribution, seed, shape, **settings):
        values = draw(distribution, seed, shape, **settings)
        if tuple(shape) == (240, 768):
            sizes.append(values.size)
        return values

    portable.draw = counting
    try:
        yield sizes
    finally:
        portable.draw = draw


@check
def every_kind_in_every_layout():
    """Measures and verdicts are those of one process without layouts."""
    return in_every_layout()


LOADS = {
    "match": "first/kernel",
    "load": {"from": "base", "rename": {"bank/loaded": "first/kernel"}},
}


@check
def files_in_other_folders():
    """Weights and a policy that each process has in a folder of its own."""
    with with_weights((8, 24)) as (folder, base):
        text = json.dumps(
            {**spec(NORMAL, LOADS, seed=1), "checkpoints": {"base": "base.safetensors"}}
        )
        policy = folder / "policy.json"
        policy.write_text(text)
        model = sharded()
        audit = declinit.apply(policy, model)
        in_spec = {**json.loads(text), "checkpoints": {"base": str(base)}}
        _, recorded = sharded(lambda: declinit.build(made, in_spec))
        given = declinit.apply(audit.plan(), sharded(), checkpoints={"base": base})
        same = recorded["first/kernel"].measure == given["first/kernel"].measure
        verified = [bool(declinit.verify(one, model)) for one in (audit, recorded, given)]
        model.layers[0].kernel.assign(model.layers[0].kernel + 1)
        return [same, verified, repr(declinit.verify(audit, model))]


@check
def other_weights_on_1():
    """Files of one name that hold other weights."""
    with with_weights((8, 24), seed=INDEX) as (_, base):
        policy = {**spec(NORMAL, LOADS, seed=1), "checkpoints": {"base": str(base)}}
        return declinit.apply(policy, sharded())


@check
def large_values_that_changed():
    """A sharded variable that no process brings together to tell whether it is another draw."""
    model = sharded()
    audit = declinit.apply(spec(NORMAL, seed=1), model)
    other = declinit.apply(spec(NORMAL, seed=2), sharded())
    assert audit["first/kernel"].digest != other["first/kernel"].digest
    declinit.apply(other, model)
    found, gathered, gather = [], [], tensors._gathered
    tensors._gathered = lambda value: (gathered.append(value.shape), gather(value))[1]
    for whole_bytes in (8 * 24 * 4, 8 * 24 * 4 - 1):
        verification.WHOLE_BYTES = whole_bytes
        verdict = declinit.verify(audit, model)["first/kernel"]
        found.append([verdict.status, verdict.reason, verdict.consistent, len(gathered)])
        gathered.clear()
    return found


@check
def all_goes_on():
    """After all these errors the processes are still in step."""
    model = sharded()
    return of_audit(model, declinit.apply(spec(NORMAL), model))


def ended(function) -> object:
    keras.utils.clear_session()
    # As `keras.distribution.initialize` does: Keras' own draws must agree between processes.
    keras.utils.set_random_seed(0)
    try:
        return function()
    except declinit.DeclinitError as error:
        return {"error": [type(error).__name__, str(error)]}
    except Exception:
        return {"unexpected": traceback.format_exc()}


def be_killed() -> None:
    """Apply, and write the audit: process 1 dies on the way."""
    keras.utils.set_random_seed(0)
    model = sharded()
    dying = {"match": "second/kernel", "initializer": "dying"}
    declinit.apply(spec(NORMAL, dying, seed=1), model).save(Path(sys.argv[4], "audit.json"))


if __name__ == "__main__":
    if MODE == "killed":
        be_killed()
    else:
        print(json.dumps({name: ended(function) for name, function in CHECKS.items()}), flush=True)
        jax.distributed.shutdown()
