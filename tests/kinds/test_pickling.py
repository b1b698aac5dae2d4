"""Specs and plans go to other processes, are copied, and are keys of dictionaries."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor

import keras
import numpy as np
import pytest
from users_own import Steps, sevens

import declinit
from declinit.kinds import extensions
from declinit.kinds.rows import ROWS

BY_KIND = {
    **{kind.name: kind.name for kind in ROWS if kind.ranks[0] < 2 and not kind.required},
    "log_uniform": {"name": "log_uniform", "minval": 0.001, "maxval": 0.1},
    "sparse": {"name": "sparse", "sparsity": 0.5},
    "orthogonal": "orthogonal",
    "bounds": {"name": "truncated_normal", "bounds": 3},
    "array": {"name": "constant", "value": [1, 2, 3, 4], "axes": [0]},
    "gates": {"name": "orthogonal", "split": "gates"},
    "axes": {"name": "he_normal", "input_axes": [0], "output_axes": [1]},
    "steps": {"name": "steps", "step": 2.0},
    "sevens": {"name": "sevens", "factor": 3},
}


class Holder(keras.layers.Layer):
    """One square kernel for each initializer."""

    def build(self, input_shape):
        for name in BY_KIND:
            self.add_weight(name=name, shape=(4, 4))


@pytest.fixture
def plan():
    """A plan with every kind in it, and two of users'."""
    layer = Holder(name="holder")
    layer.build(None)
    with extensions.registering():
        declinit.register("steps", Steps)
        declinit.register("sevens", sevens)
        rules = [{"match": name, "initializer": value} for name, value in BY_KIND.items()]
        spec = declinit.Spec.from_config(
            {"declinit": 1, "seed": 3, "fans": "keras", "rules": rules}
        )
        yield spec, declinit.resolve(spec, layer)


def values_of(plan: declinit.Plan) -> dict[str, bytes]:
    """What every initializer of a plan makes, as bytes."""
    made = {path: plan.build(path)((4, 4), dtype="float32") for path in plan}
    return {path: np.asarray(keras.ops.convert_to_numpy(v)).tobytes() for path, v in made.items()}


def values_of_spec(spec: declinit.Spec) -> dict[str, bytes]:
    """The same, resolved in another process."""
    layer = Holder(name="holder")
    layer.build(None)
    return values_of(declinit.resolve(spec, layer))


def test_a_process_pool_carries_out_specs_and_plans(plan):
    """In processes that registered nothing."""
    spec, resolved = plan
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(values_of, resolved).result() == values_of(resolved)
        assert pool.submit(values_of_spec, spec).result() == values_of(resolved)


@pytest.mark.parametrize("again", [lambda x: pickle.loads(pickle.dumps(x)), copy.deepcopy])
def test_a_copy_is_equal_and_knows_the_same_kinds(plan, again):
    for value in plan:
        other = again(value)
        assert other == value
        assert list(other.registry) == list(value.registry)
    assert values_of(again(plan[1])) == values_of(plan[1])


def test_equal_specs_have_one_hash(plan):
    spec, _ = plan
    other = declinit.Spec.from_config(spec.get_config())
    assert (other == spec, hash(other)) == (True, hash(spec))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"name": "constant", "value": 1}, {"name": "constant", "value": 1.0}),
        (
            {"name": "random_normal", "mean": 0, "stddev": 1},
            {"name": "random_normal", "stddev": 1, "mean": 0},
        ),
    ],
)
def test_specs_that_compare_equal_hash_equal(one, other):
    first, second = (
        declinit.Spec.from_config({"declinit": 1, "rules": [{"match": "**", "initializer": value}]})
        for value in (one, other)
    )
    assert first == second
    assert len({first, second}) == 1


def test_an_initializer_that_no_other_process_can_find_says_so():
    with extensions.registering():
        declinit.register("local", lambda shape, dtype=None: np.zeros(shape, dtype))
        rules = [{"match": "**", "initializer": "local"}]
        spec = declinit.Spec.from_config({"declinit": 1, "rules": rules})
        copied = copy.deepcopy(spec)
        with pytest.raises(pickle.PicklingError) as caught:
            pickle.dumps(spec)
    assert copied == spec
    said = str(caught.value)
    assert said.startswith("initializer 'local' cannot be pickled: <function ")
    assert said.endswith(" cannot be imported by name; define it at the top level of a module")
