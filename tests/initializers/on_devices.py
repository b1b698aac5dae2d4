"""What is checked on several devices: run in a process of its own by `test_sharding.py`.

    python on_devices.py eight                        # 8 virtual devices
    python on_devices.py two PORT INDEX               # one of two processes of 4 devices each

It prints one line of JSON: per check its name, and None or how it failed.
"""

# ruff: noqa: E402 -- the number of devices is set before JAX is imported

from __future__ import annotations

import contextlib
import json
import math
import os
import sys
import tempfile
import traceback

os.environ["KERAS_BACKEND"] = "jax"
DEVICES = {"eight": 8, "two": 4}[sys.argv[1]]
os.environ["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={DEVICES}"
os.environ["JAX_PLATFORMS"] = "cpu"
# Keras imports TensorFlow, where it is installed, to serialize any object: seconds for nothing.
sys.modules["tensorflow"] = None  # type: ignore[assignment]

import jax

if sys.argv[1] == "two":
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    jax.distributed.initialize(f"localhost:{sys.argv[2]}", 2, int(sys.argv[3]))

import keras
import numpy as np
from keras.distribution import DataParallel, DeviceMesh, LayoutMap, ModelParallel, TensorLayout
from safetensors.numpy import save_file

import declinit
from declinit import initializers, random
from declinit.audits.pieces import PIECE_BYTES
from declinit.checkpoints import StoredTensor
from declinit.initializers import portable
from declinit.initializers.hosts import on_host
from declinit.initializers.parts import Parts
from declinit.kinds.extensions import current_registry
from declinit.model.addresses import SEED_STATE, walk

RANDOM = {
    "RandomNormal": initializers.RandomNormal(seed=1),
    "TruncatedNormal": initializers.TruncatedNormal(seed=1),
    "RandomUniform": initializers.RandomUniform(seed=1),
    "VarianceScaling": initializers.VarianceScaling(seed=1),
    "GlorotNormal": initializers.GlorotNormal(seed=1),
    "GlorotUniform": initializers.GlorotUniform(seed=1),
    "HeNormal": initializers.HeNormal(seed=1),
    "HeUniform": initializers.HeUniform(seed=1),
    "LecunNormal": initializers.LecunNormal(seed=1),
    "LecunUniform": initializers.LecunUniform(seed=1),
    "Orthogonal": initializers.Orthogonal(seed=1),
    "GatedOrthogonal": initializers.GatedOrthogonal(seed=1),
    "BoundedTruncatedNormal": initializers.BoundedTruncatedNormal(seed=1, bounds=3),
    "BoundedVarianceScaling": initializers.BoundedVarianceScaling(seed=1, bounds=1),
    "LogUniform": initializers.LogUniform(0.001, 0.1, seed=1),
    "Sparse": initializers.Sparse(0.25, seed=1),
    "ConstantArray": initializers.ConstantArray(list(range(8)), axes=[0]),
    "Parts": Parts(
        initializers.RandomNormal(seed=1),
        [
            ([[1, 8, 3], [3, 29, 2]], initializers.RandomUniform(seed=2)),
            ([[2, 4], [7, 19]], initializers.Orthogonal(seed=3)),
            ([[0, 1], [0, 32]], initializers.Constant(0.1)),
        ],
    ),
}
DTYPES = ("float32", "bfloat16", "float16")
SHAPE = (8, 32)
AXES = {
    "rows": ("model", None),
    "columns": (None, "model"),
    "both": ("batch", "model"),
    "neither": (None, None),
}


def mesh() -> DeviceMesh:
    """All devices as (batch, model) = (2, 4); of two processes each holds half of either axis."""
    devices = np.array([f"cpu:{device.id}" for device in jax.devices()])
    return DeviceMesh((2, 4), ("batch", "model"), devices.reshape(4, 2).T)


def model_parallel() -> ModelParallel:
    """Kernels in columns, biases and norms in pieces, embeddings in rows."""
    layouts = LayoutMap(mesh())
    layouts[".*embeddings"] = TensorLayout(["model", None])
    layouts[".*dense.*kernel"] = TensorLayout([None, "model"])
    layouts[".*(query|key|value)/kernel"] = TensorLayout([None, "model", None])
    layouts[".*lstm.*kernel"] = TensorLayout([None, "model"])
    layouts[".*dense.*bias"] = TensorLayout(["model"])
    layouts[".*norm.*(gamma|beta)"] = TensorLayout(["model"])
    return ModelParallel(layout_map=layouts, batch_dim_name="batch")


DISTRIBUTIONS = {
    "ModelParallel": model_parallel,
    "DataParallel": lambda: DataParallel(device_mesh=DeviceMesh((8,), ("batch",))),
}


@contextlib.contextmanager
def distributed(name: str | None):
    """Build what is built inside under a distribution, or under none."""
    if name is None:
        yield
        return
    with DISTRIBUTIONS[name]().scope():
        yield


def small_model(direct: bool = False, dtype: str = "float32") -> keras.Model:
    """Dense, attention, recurrent, embedding and norm; with our initializers or with Keras'."""
    kernel = {"kernel_initializer": initializers.HeNormal(seed=3)} if direct else {}
    # Keras' own Orthogonal knows no half types.
    own = direct or dtype != "float32"
    recurrent = {"recurrent_initializer": initializers.Orthogonal(seed=4)} if own else {}
    table = {"embeddings_initializer": initializers.RandomUniform(seed=5)} if direct else {}
    tokens = keras.Input((6,), dtype="int32", name="tokens")
    x = keras.layers.Embedding(16, 8, name="table", dtype=dtype, **table)(tokens)
    x = keras.layers.MultiHeadAttention(4, 2, name="mha", dtype=dtype, **kernel)(x, x)
    x = keras.layers.LayerNormalization(name="norm", dtype=dtype)(x)
    x = keras.layers.LSTM(8, name="lstm", dtype=dtype, **kernel, **recurrent)(x)
    x = keras.layers.Dense(8, name="dense", dtype=dtype, **kernel)(x)
    return keras.Model(tokens, x, name="model")


def policy(generator: str = "portable") -> declinit.Spec:
    """A rule for every kind of weight."""
    rules = [
        {"match": "**", "initializer": "glorot_uniform"},
        {
            "match": "**/embeddings",
            "initializer": "truncated_normal",
            "parts": [{"at": "0", "initializer": "zeros"}],
        },
        {
            "match": "**/dense/kernel",
            "initializer": "glorot_uniform",
            "parts": [{"at": "..., 1:6", "initializer": "glorot_normal"}],
        },
        {"match": "**/recurrent_kernel", "initializer": "orthogonal"},
        {"match": "**/bias", "initializer": "zeros"},
        {"match": "**/gamma", "initializer": "ones"},
        {"match": "**/beta", "keep": True},
    ]
    config = {"declinit": 1, "seed": 7, "generator": generator, "rules": rules}
    return declinit.Spec.from_config(config, current_registry())


def variables(model) -> dict:
    """Every weight by its path, without the state of random layers."""
    found = {entry.path: entry.variable for entry in walk(model)}
    return {path: v for path, v in found.items() if v.name != SEED_STATE}


def host_values(model) -> dict[str, np.ndarray]:
    return {path: np.asarray(variable.value) for path, variable in variables(model).items()}


def same_bits(one, other) -> bool:
    one, other = np.ascontiguousarray(one), np.ascontiguousarray(other)
    return (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())


def require_shards(value, whole: np.ndarray, what: str) -> None:
    """Every shard that this process can see holds the bits of the same part of the whole."""
    assert value.addressable_shards, what
    for shard in value.addressable_shards:
        assert same_bits(shard.data, whole[shard.index]), f"{what} at {shard.index}"


def require_layouts(model) -> None:
    """Every variable lies as its layout says."""
    for path, variable in variables(model).items():
        expected = variable._layout.backend_layout
        found = variable.value.sharding
        ndim = len(variable.shape)
        assert found.is_equivalent_to(expected, ndim), f"{path}: {found}, not {expected}"
        assert found.device_set == expected.device_set, path


@contextlib.contextmanager
def counted():
    """Sizes of the blocks that are drawn inside."""
    sizes: list[int] = []
    draw = portable.draw

    def counting(*args, **kwargs):
        values = draw(*args, **kwargs)
        sizes.append(values.size)
        return values

    portable.draw = counting
    try:
        yield sizes
    finally:
        portable.draw = draw


CHECKS: dict[str, object] = {}


def check(function):
    CHECKS[function.__name__] = function
    return function


@check
def initializers_take_a_layout():
    """Every initializer, dtype and way of cutting gives the unsharded bits, laid out as asked."""
    for name, initializer in RANDOM.items():
        for dtype in DTYPES:
            whole = on_host(initializer, dtype).values(SHAPE, dtype)
            for cut, axes in AXES.items():
                layout = TensorLayout(axes, mesh())
                for given in (layout, layout.backend_layout):
                    value = initializer(SHAPE, dtype=dtype, layout=given)
                    assert value.sharding == layout.backend_layout, (name, cut)
                    assert str(value.dtype) == dtype
                    require_shards(value, whole, f"{name} {dtype} {cut}")


@check
def each_shard_is_made_alone():
    """The shards that this process holds are drawn, each on its own, and replicas of one once."""
    initializer = initializers.RandomNormal(seed=1)
    for cut, shards in {"rows": 4, "columns": 4, "both": 8, "neither": 1}.items():
        with counted() as sizes:
            initializer(SHAPE, layout=TensorLayout(AXES[cut], mesh()))
        here = max(1, shards // jax.process_count())
        assert sizes == [math.prod(SHAPE) // shards] * here, (cut, sizes)


@check
def what_cannot_be_made_in_parts_is_made_once_a_process():
    """Shards of an orthogonal matrix that a process holds are made in one walk."""
    initializer = initializers.Orthogonal(seed=1)
    for cut, axes in AXES.items():
        blocks = []
        make = random.orthogonal

        def counting(*args, make=make, blocks=blocks, **kwargs):
            blocks.append(kwargs["block"])
            return make(*args, **kwargs)

        random.orthogonal = counting
        try:
            initializer(SHAPE, layout=TensorLayout(axes, mesh()))
        finally:
            random.orthogonal = make
        assert len(blocks) == 1, (cut, blocks)


@check
def a_seed_generator_gives_one_seed_to_all_shards():
    """A SeedGenerator moves on once a call, not once a shard."""
    layout = TensorLayout(AXES["both"], mesh())
    sharded = initializers.RandomNormal(seed=keras.random.SeedGenerator(5))
    whole = initializers.RandomNormal(seed=keras.random.SeedGenerator(5))
    for _ in range(2):
        require_shards(sharded(SHAPE, layout=layout), whole.values(SHAPE, "float32"), "")


def _layers_direct(distribution: str) -> None:
    plain = host_values(small_model(direct=True))
    with distributed(distribution):
        model = small_model(direct=True)
    require_layouts(model)
    for path, variable in variables(model).items():
        require_shards(variable.value, plain[path], path)


@check
def layers_under_model_parallel():
    """Layers given our initializers lie as their layouts say, with the unsharded bits."""
    _layers_direct("ModelParallel")


@check
def layers_under_data_parallel():
    """Layers given our initializers are replicated, with the unsharded bits."""
    _layers_direct("DataParallel")


def _apply(distribution: str, generator: str = "portable", dtype: str = "float32") -> None:
    plain = small_model(dtype=dtype)
    audit = declinit.apply(policy(generator), plain)
    expected = host_values(plain)
    with distributed(distribution):
        model = small_model(dtype=dtype)
    before = {path: v.value.sharding for path, v in variables(model).items()}
    found = declinit.apply(policy(generator), model)
    require_layouts(model)
    for path, variable in variables(model).items():
        assert variable.value.sharding == before[path], path
        require_shards(variable.value, expected[path], path)
        assert found[path] == audit[path], path


@check
def apply_under_model_parallel():
    """`apply` keeps every layout and gives the unsharded bits and records."""
    _apply("ModelParallel")


@check
def apply_under_data_parallel():
    """`apply` keeps variables replicated and gives the unsharded bits and records."""
    _apply("DataParallel")


@check
def apply_under_model_parallel_in_bfloat16():
    """Half types are rounded shard by shard to the unsharded bits."""
    _apply("ModelParallel", dtype="bfloat16")


@check
def apply_with_the_generator_of_keras():
    """Keras' own initializers keep every layout too."""
    _apply("ModelParallel", generator="keras")


def _large(distribution: str) -> tuple[declinit.Spec, keras.Model]:
    with distributed(distribution):
        inputs = keras.Input((2048,))
        dense = keras.layers.Dense(2048, use_bias=False, name="dense", kernel_initializer="zeros")
        model = keras.Model(inputs, dense(inputs))
    rules = [{"match": "**/kernel", "initializer": "he_normal"}]
    return declinit.Spec.from_config({"declinit": 1, "seed": 1, "rules": rules}), model


@check
def apply_never_makes_the_whole_of_a_large_variable():
    """A sharded variable is made shard by shard and measured piece by piece."""
    spec, model = _large("ModelParallel")
    size = 2048 * 2048
    with counted() as sizes:
        declinit.apply(spec, model)
    assert max(sizes) * 4 <= PIECE_BYTES < size * 4
    assert sizes.count(size // 4) == 4 // jax.process_count()
    assert sum(sizes) <= 2 * size


@check
def loading_reads_each_shard_alone_and_keeps_its_layout():
    """A file's tensor reaches a sharded variable in slices, by `apply` and by `build`."""
    _, model = _large("ModelParallel")
    size = 2048 * 2048
    given = np.arange(size, dtype="float32").reshape(2048, 2048)
    path = "base.safetensors"  # relative: on every process the policy is the same text
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        save_file({"dense/kernel": given}, path)
        rules = [{"match": "**", "load": {"from": "base"}}]
        config = {"declinit": 1, "seed": 1, "checkpoints": {"base": path}, "rules": rules}
        with counted_reads() as sizes:
            audit = declinit.apply(config, model)
        assert max(sizes) * 4 <= PIECE_BYTES < size * 4
        assert sizes.count(size // 4) == 4 // jax.process_count()
        require_layouts(model)
        (kernel,) = variables(model).values()
        require_shards(kernel.value, given, "dense/kernel")
        built, found = declinit.build(lambda: _large("ModelParallel")[1], config)
        (kernel,) = variables(built).values()
        require_shards(kernel.value, given, "dense/kernel")
        assert found["dense/kernel"].digest == audit["dense/kernel"].digest


@contextlib.contextmanager
def counted_reads():
    """How many elements each read of a stored tensor gives."""
    sizes: list[int] = []
    read = StoredTensor.read

    def counting(self, slices=None):
        values = read(self, slices)
        sizes.append(values.size)
        return values

    StoredTensor.read = counting
    try:
        yield sizes
    finally:
        StoredTensor.read = read


def _build(distribution: str) -> None:
    plain = small_model()
    audit = declinit.apply(policy(), plain)
    expected = host_values(plain)
    with distributed(distribution):
        model, found = declinit.build(small_model, policy())
    assert found.notes == audit.notes  # not that it was built the usual way
    require_layouts(model)
    for path, variable in variables(model).items():
        require_shards(variable.value, expected[path], path)
        assert found[path] == audit[path], path


@check
def build_under_model_parallel():
    """`build` lays every variable out and gives the unsharded bits and records."""
    _build("ModelParallel")


@check
def build_under_data_parallel():
    """`build` replicates every variable and gives the unsharded bits and records."""
    _build("DataParallel")


def run() -> dict[str, str | None]:
    """Every check with None, or with how it failed."""
    failures: dict[str, str | None] = {}
    for name, function in CHECKS.items():
        keras.utils.clear_session()
        # As `keras.distribution.initialize` does: Keras' own draws must agree between processes.
        keras.utils.set_random_seed(0)
        try:
            function()
            failures[name] = None
        except BaseException:
            failures[name] = traceback.format_exc()
    return failures


if __name__ == "__main__":
    print(json.dumps(run()), flush=True)
    if sys.argv[1] == "two":
        jax.distributed.shutdown()
