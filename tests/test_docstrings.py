"""Everything public has an example in its docstring, and every example gives what it shows.

Each runs in a folder with `policy.yaml`, `plan.json` and `audit.json`, and has a small `model` whose
layers are called `body` and `head`.
"""

from __future__ import annotations

import doctest
import inspect
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import pytest

import declinit
from declinit.kinds.extensions import registering

POLICY = """declinit: 1
seed: 3
rules:
  - {id: kernels, match: "**/kernel", initializer: he_normal}
  - {id: offsets, match: "**/bias", initializer: zeros}
"""
# How documents are made of data of the right shape, inside the package.
INNER = {"from_dict", "from_node"}


def small_model() -> keras.Model:
    layers = [keras.layers.Dense(8, name="body"), keras.layers.Dense(2, name="head")]
    return keras.Sequential([keras.Input((4,)), *layers], name="small")


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    (folder / "policy.yaml").write_text(POLICY, encoding="utf-8")
    made = small_model()
    declinit.resolve(folder / "policy.yaml", made).save(folder / "plan.json")
    declinit.apply(folder / "plan.json", made).save(folder / "audit.json")
    return folder


@pytest.fixture
def here(files, tmp_path, monkeypatch):
    shutil.copytree(files, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    with registering():
        yield


def names_for(text: str) -> dict[str, Any]:
    """What an example may use."""
    names = {"declinit": declinit, "initializers": declinit.initializers, "keras": keras}
    models = {"model": small_model()} if "model" in text else {}
    return {**names, **models, "small_model": small_model}


def functions_of(kind: type) -> Iterator[tuple[str, Any]]:
    """The public methods of a class that this package defines, inherited ones too."""
    for name in dir(kind):
        found = inspect.getattr_static(kind, name)
        function = getattr(found, "__func__", found)
        is_public = not name.startswith("_") and name not in INNER
        if is_public and inspect.isfunction(function) and _is_own(function):
            yield function.__qualname__, function


def _is_own(value: Any) -> bool:
    """Whether this package defines it, which Keras does not describe."""
    return value.__module__.startswith("declinit.")


def described() -> Iterator[tuple[str, Any]]:
    for name in declinit.__all__:
        value = getattr(declinit, name)
        if name != "__version__":
            yield name, value
        if inspect.isclass(value):
            yield from functions_of(value)
    for name in declinit.initializers.__all__:
        value = getattr(declinit.initializers, name)
        if _is_own(value):
            yield f"initializers.{value.__name__}", value


DESCRIBED = dict(described())


@pytest.mark.parametrize("name", DESCRIBED)
def test_what_is_public_has_an_example_that_gives_what_it_shows(name, here):
    value = DESCRIBED[name]
    # A class must not pass for described by what it inherits.
    text = inspect.cleandoc(vars(value).get("__doc__") or value.__doc__ or "")
    found = doctest.DocTestParser().get_examples(text)
    assert "Example:\n" in text or inspect.ismodule(value)
    assert found
    said: list[str] = []
    case = doctest.DocTest(found, names_for(text), name, None, None, text)
    failed = doctest.DocTestRunner().run(case, out=said.append).failed
    assert (failed, "".join(said)) == (0, "")
