"""Specs from Python: mappings of any class, what config libraries resolve, and hostile ones."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import ml_collections
import ml_dtypes
import numpy as np
import pytest
from ml_collections import config_dict
from omegaconf import OmegaConf

import declinit
from declinit.documents import MAX_DEPTH, builder, python_events
from declinit.errors import SpecError

named = pytest.mark.parametrize


def headlines(config, **more) -> list[str]:
    with pytest.raises(SpecError) as caught:
        declinit.Spec.from_config(config, **more)
    return [problem.headline for problem in caught.value.problems]


def policy(initializer="he_normal", **settings):
    rules = [{"match": ["**/kernel", "**/bias"], "initializer": initializer, "expect": {"min": 1}}]
    return {"declinit": 1, "seed": 7, "rules": rules, **settings}


PLAIN = declinit.Spec.from_config(policy({"name": "random_normal", "stddev": 0.5}))


def of_omegaconf():
    """The same policy with values that refer to each other."""
    initializer = {"name": "random_normal", "stddev": "${oc.decode:'0.5'}"}
    policy_config = policy(initializer, seed="${seeds[1]}")
    return OmegaConf.create({"seeds": [3, 7], "policy": policy_config}).policy


def of_ml_collections():
    config = ml_collections.ConfigDict(policy({"name": "random_normal", "stddev": 0.0}))
    stddev = config_dict.FieldReference(0.5)
    config.rules = [{**config.rules[0], "initializer": {"name": "random_normal", "stddev": stddev}}]
    config.rules[0]["initializer"] = ml_collections.ConfigDict(config.rules[0]["initializer"])
    return config


class Name(str, enum.Enum):  # noqa: UP042 -- its own text is another
    NORMAL = "random_normal"


MAPPINGS = {
    "DictConfig": of_omegaconf,
    "ConfigDict": of_ml_collections,
    "MappingProxyType": lambda: MappingProxyType(
        policy(MappingProxyType({"name": "random_normal", "stddev": 0.5}))
    ),
    "NumPy": lambda: policy({"name": "random_normal", "stddev": np.float32(0.5)}, seed=np.int64(7)),
    "a kind of str": lambda: policy({"name": Name.NORMAL, "stddev": np.array(0.5)}),
    "ml_dtypes": lambda: policy({"name": "random_normal", "stddev": ml_dtypes.bfloat16(0.5)}),
}


@named("make", MAPPINGS.values(), ids=MAPPINGS)
def test_a_policy_is_the_same_in_a_mapping_of_any_class(make):
    spec = declinit.Spec.from_config(make())
    assert (spec, spec.digest) == (PLAIN, PLAIN.digest)
    assert type(spec.seed) is int


@named(
    ("array", "value"),
    [
        (np.arange(3), [0, 1, 2]),
        (np.array([[0.5, 1]], "float32"), [[0.5, 1.0]]),
        (np.array([0.5], ml_dtypes.bfloat16), [0.5]),
        (np.array([0.5], np.longdouble), [0.5]),
        ((1, 2), [1, 2]),
        (range(2), [0, 1]),
        (OmegaConf.create([1, "${.[0]}"]), [1, 1]),
    ],
    ids=str,
)
def test_arrays_and_sequences_are_lists(array, value):
    spec = declinit.Spec.from_config(policy({"name": "constant", "value": array}))
    assert spec.rules[0].action.initializer.params == {"value": value}


def test_what_a_config_library_cannot_resolve_is_told_with_its_keys_all_at_once():
    config = OmegaConf.create(policy({"name": "random_normal", "stddev": "???"}))
    config.seed = "${nowhere}"
    config.strict = {"unused": "${.shadowed}", "shadowed": "${.unused}"}
    config.rules[0].match = ["a", "???"]
    reason = "this value cannot be read: Interpolation"
    assert headlines(config) == [
        f"seed: {reason}KeyError: Interpolation key 'nowhere' not found [DI153]",
        "rules[0].match[1]: this value cannot be read: MissingMandatoryValue: "
        "Missing mandatory value: rules[0].match[1] [DI153]",
        "rules[0].initializer.stddev: this value cannot be read: MissingMandatoryValue: "
        "Missing mandatory value: rules[0].initializer.stddev [DI153]",
        f"strict.unused: {reason}ResolutionError: Recursive interpolation detected [DI153]",
        f"strict.shadowed: {reason}ResolutionError: Recursive interpolation detected [DI153]",
    ]


def test_a_value_that_ml_collections_requires_is_told_with_its_keys():
    config = ml_collections.ConfigDict({"declinit": 1, "rules": []})
    config.seed = config_dict.required_placeholder(int)
    assert headlines(config) == [
        "seed: this value cannot be read: RequiredValueError: "
        "None value found in required reference [DI153]"
    ]


def test_faults_and_rules_of_a_config_name_the_keys_that_lead_to_them():
    config = OmegaConf.create(policy({"name": "random_normal", "stddev": -1}, sead=3))
    assert headlines(config) == [
        "sead: unknown key 'sead'; did you mean 'seed'? [DI201]",
        "rules[0].initializer.stddev: expected at least 0, received -1 [DI205]",
    ]
    assert str(declinit.Spec.from_config(of_omegaconf()).rules[0].where) == "rules[0]"


# Hostile mappings


class Odd(Mapping):
    """A mapping of keys, whose values are made by a function."""

    def __init__(self, keys, value=lambda key: 1):
        self._keys, self._value = keys, value

    def __getitem__(self, key):
        return self._value(key)

    def __iter__(self):
        yield from self._keys()

    def __len__(self):
        return -1  # noqa: PLE0303 -- nobody may believe it


class Items(Sequence):
    def __init__(self, length, value=lambda index: "a"):
        self._length, self._value = length, value

    def __len__(self):
        return self._length()

    def __getitem__(self, index):
        return self._value(index)


def fails(*_):
    raise RuntimeError("boom\nand more")


def endless():
    return (f"k{number}" for number in range(10**12))


def interrupted():
    yield "declinit"
    raise OSError("the store is gone")


def holding_itself():
    config: dict = {"declinit": 1}
    config["rules"] = config
    return config


UNREAD = "this value cannot be read: "
HOSTILE = {
    "keys that fail": (Odd(fails), [f"<config>: {UNREAD}RuntimeError: boom [DI153]"]),
    "values that fail": (
        Odd(lambda: "ab", fails),
        [f"{key}: {UNREAD}RuntimeError: boom [DI153]" for key in "ab"],
    ),
    "keys that stop": (
        Odd(interrupted),
        [f"<config>: {UNREAD}OSError: the store is gone [DI153]"],
    ),
    "keys without end": (Odd(endless), ["k999: more than 1,000 values [DI102]"]),
    "keys that repeat": (Odd(lambda: "aa"), ["<config>: the key 'a' is repeated [DI105]"]),
    "keys of other kinds": (
        {"declinit": 1, 3: 1, (1, 2): 1, b"a": 1},
        [
            "<config>: a key must be a string; 3 is an integer [DI106]",
            "<config>: a key must be a string; builtins.tuple is tuple [DI106]",
            "<config>: a key must be a string; builtins.bytes is bytes [DI106]",
        ],
    ),
    "a length that is no length": (
        {"rules": Items(lambda: -1)},
        [f"rules: {UNREAD}ValueError: __len__() should return >= 0 [DI153]"],
    ),
    "a length that is too long": (
        {"rules": Items(lambda: 10**12)},
        ["rules[998]: more than 1,000 values [DI102]"],
    ),
    "fewer items than promised": (
        {"rules": Items(lambda: 2, lambda index: ["a"][index])},
        [f"rules[1]: {UNREAD}IndexError: list index out of range [DI153]"],
    ),
    "a mapping in itself": (
        holding_itself(),
        [f"{'.'.join(['rules'] * MAX_DEPTH)}: nested deeper than {MAX_DEPTH} levels [DI102]"],
    ),
    "a huge array": (
        {"rules": np.zeros(1_001)},
        ["rules: an array of 1,001 elements; a document holds at most 1,000 values [DI102]"],
    ),
    "not a mapping": ([], ["<config>: expected a mapping, received [] [DI203]"]),
}


@named(("config", "expected"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_mapping_ends_in_faults(config, expected, monkeypatch):
    for module in (builder, python_events):  # a million would take seconds
        monkeypatch.setattr(module, "MAX_NODES", 1_000)
    assert headlines(config) == expected


OTHERS = {
    "complex": (np.array([1j]), "numpy.ndarray"),
    "objects": (np.array([object()]), "numpy.ndarray"),
    "dates": (np.datetime64("2026-01-01"), "numpy.datetime64"),
    "bytes": (b"zeros", "builtins.bytes"),
    "a class": (dict, "builtins.type"),
}


@named(("value", "shown"), OTHERS.values(), ids=OTHERS)
def test_other_values_are_refused_by_their_type(value, shown):
    assert headlines({"declinit": 1, "rules": [], "note": value}) == [
        f"note: expected plain data, received {shown}; "
        "give mappings, lists, str, int, float, bool or None, or NumPy's numbers and arrays [DI118]"
    ]


class Tensor:
    """What another library's tensor shows of itself."""

    def __array__(self, dtype=None, copy=None):
        return np.zeros(2)


def test_a_tensor_is_refused_with_what_to_do():
    config = policy({"name": "constant", "value": Tensor()})
    assert headlines(config) == [
        f"rules[0].initializer.value: expected plain data, received {__name__}.Tensor; "
        "`numpy.asarray` may make an array of it that can be read [DI118]"
    ]


# A folder for what it extends


@pytest.fixture
def base(write):
    rules = [{"id": "kernels", "match": "**/kernel", "initializer": "he_normal"}]
    write("policies/base.yaml", {"declinit": 1, "seed": 1, "rules": rules})
    return Path("policies")


def heir(**more):
    return OmegaConf.create({"declinit": 1, "extends": "base.yaml", "seed": 2, **more})


def test_a_config_extends_the_files_of_a_folder(base):
    rules = [{"match": "**/bias", "initializer": "zeros"}]
    spec = declinit.Spec.from_config(heir(rules=rules), base=base)
    assert (spec.seed, [rule.inherited for rule in spec.rules]) == (2, [True, False])
    assert [str(rule.where) for rule in spec.rules] == ["policies/base.yaml:1:38", "rules[0]"]
    assert [source.name for source in spec.sources] == ["policies/base.yaml"]


def test_a_config_disables_and_replaces_inherited_rules(base):
    assert declinit.Spec.from_config(heir(disable=["kernels"]), base=base).rules == ()
    own = [{"id": "kernels", "match": "a", "keep": True}]
    assert declinit.Spec.from_config(heir(rules=own), base=base).rules[0].get_config() == own[0]


def test_checkpoints_of_a_config_are_relative_to_its_folder(base):
    config = heir(checkpoints={"base": "w.npz"})
    assert declinit.Spec.from_config(config, base=base).checkpoints["base"].path == "policies/w.npz"
    alone = declinit.Spec.from_config({**policy(), "checkpoints": {"base": Path("w.npz")}})
    assert alone.checkpoints["base"].path == "w.npz"


def test_without_a_folder_a_config_extends_recipes_only():
    config = {"declinit": 1, "extends": ["recipe:vit-moco", "base.yaml"], "rules": []}
    assert headlines(config) == [
        "extends[1]: `extends` names a file, and no folder is given; "
        "give the folder as `base` [DI221]"
    ]
    spec = declinit.Spec.from_config({"declinit": 1, "extends": "recipe:vit-moco"})
    assert all(rule.inherited for rule in spec.rules)


def test_a_fault_of_an_inherited_file_names_the_whole_chain(write):
    write("policies/base.yaml", {"declinit": 1, "extends": "root.yaml"})
    write("policies/root.yaml", {"declinit": 1, "sede": 3, "rules": []})
    assert headlines(heir(), base="policies") == [
        "policies/root.yaml:1:17: unknown key 'sede' (policies/<config> extends "
        "policies/base.yaml extends policies/root.yaml); did you mean 'seed'? [DI201]"
    ]


def test_disabling_what_nothing_inherits_is_a_fault():
    assert headlines({"declinit": 1, "rules": [], "disable": ["a"]}) == [
        "disable[0]: no inherited rule has the id 'a' [DI219]"
    ]
