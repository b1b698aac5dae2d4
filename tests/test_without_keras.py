"""Without a backend that Keras can start on, declinit says so in a line, where Keras is needed."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

HINT = "set KERAS_BACKEND to a backend that is installed, before Keras is imported [DI405]"
HIDING = """
import sys

class Hiding:
    def find_spec(self, name, path=None, target=None):
        if name == "tensorflow":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Hiding())
"""


def missing(name: str) -> str:
    """What is said of a public name where TensorFlow is not installed."""
    return (
        f"declinit.{name} needs Keras, which cannot start: there is no module 'tensorflow'; {HINT}"
    )


def run(code: str, backend: str = "tensorflow") -> str:
    """What a program prints where TensorFlow is not installed."""
    done = subprocess.run(
        [sys.executable, "-c", HIDING + code],
        env={**os.environ, "KERAS_BACKEND": backend, "MANPAGER": "cat", "PAGER": "cat"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_help_is_a_line_on_what_is_missing():
    found = run("import declinit; help(declinit)")
    assert found.strip() == missing("apply")


@pytest.mark.parametrize("name", ["apply", "initializers"])
def test_what_needs_keras_says_what_is_missing(name):
    use = f"""
import declinit
for use in (lambda: declinit.{name}, lambda: exec("from declinit import {name}")):
    try:
        use()
    except declinit.DeclinitError as error:
        print(isinstance(error, ImportError), error)
"""
    assert run(use).splitlines() == [f"True {missing(name)}"] * 2


def test_a_backend_that_there_is_not_is_told_as_keras_tells_it():
    code = "import declinit\ntry: declinit.apply\nexcept ImportError as e: print(e)"
    assert run(code, "nothing") == (
        "declinit.apply needs Keras, which cannot start: ValueError: Unable to import backend : "
        f"nothing; {HINT}\n"
    )


def test_specs_are_read_without_keras():
    code = """
import declinit
spec = declinit.Spec.from_config({"declinit": 1, "rules": [{"match": "**", "initializer": "ones"}]})
declinit.register("mine", lambda shape, dtype=None: 0)
print(spec)
"""
    assert run(code) == "<Spec of 1 rule, no seed, generator 'portable'>\n"
