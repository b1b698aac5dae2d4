"""Which backend Keras starts on, and what is said if it cannot."""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path

import pytest
from command_line import FINE, MODEL, PROGRAM, USAGE, environment, process

# The first of each that can be imported here, and that cannot.
BACKENDS = ("jax", "tensorflow", "torch")
INSTALLED = [name for name in BACKENDS if importlib.util.find_spec(name)]
MISSING = [name for name in BACKENDS if not importlib.util.find_spec(name)]

somewhat_installed = pytest.mark.skipif(not MISSING, reason="every backend is installed")

# What Keras runs on, said by a module that `--import` names.
TELLING = "import keras, sys\nprint('on', keras.backend.backend(), file=sys.stderr)\n"


@pytest.fixture
def start(here, write):
    """Import a module with nothing but a keras.json to choose the backend; gives stderr."""
    write("cli_telling.py", TELLING)

    def start(config: str | None, command=PROGRAM, **more: str) -> tuple[int, list[str]]:
        home = Path("home").resolve()
        home.mkdir(exist_ok=True)
        if config is not None:
            (home / "keras.json").write_text(config, encoding="utf-8")
        variables = environment(KERAS_HOME=str(home), **more)
        if "KERAS_BACKEND" not in more:
            del variables["KERAS_BACKEND"]
        options = ("validate", "spec.yaml", "--import", "cli_telling")
        done = process(*command, *options, env=variables)
        return done.returncode, done.stderr.splitlines()

    return start


def fallback(because: str) -> str:
    return (
        f"declinit: Keras runs on {INSTALLED[0]!r}: {because} is not installed; "
        "KERAS_BACKEND chooses another"
    )


@somewhat_installed
@pytest.mark.parametrize("missing", [*MISSING, "bogus"])
def test_a_backend_in_keras_file_counts_only_if_it_is_installed(start, missing):
    code, said = start(json.dumps({"backend": missing}))
    file = str(Path("home").resolve() / "keras.json")
    assert (code, said[0]) == (FINE, fallback(f"{missing!r}, which {file!r} names,"))
    assert said[-1] == f"on {INSTALLED[0]}"


@pytest.mark.skipif("tensorflow" in INSTALLED, reason="needs Keras' default to be missing")
@pytest.mark.parametrize("config", [None, "garbage", "{}"])
def test_without_a_choice_the_first_installed_backend_is_taken(start, config):
    code, said = start(config)
    assert (code, said[0]) == (FINE, fallback("'tensorflow', which is Keras' default,"))
    assert said[-1] == f"on {INSTALLED[0]}"


@pytest.mark.parametrize("backend", INSTALLED)
def test_a_backend_in_keras_file_is_kept_if_it_is_installed(start, backend):
    code, said = start(json.dumps({"backend": backend}))
    assert (code, said[-1]) == (FINE, f"on {backend}")
    assert not any(line.startswith("declinit: ") for line in said)


def test_the_backend_of_a_second_run_is_that_of_the_first(start):
    """Keras writes its file at the first import, whatever runs."""
    (_, first), (_, second) = start(None), start(None)
    assert Path("home/keras.json").exists()
    assert first[-1] == second[-1]


@pytest.mark.parametrize(
    ("backend", "says"),
    [
        *(
            (
                name,
                f"KERAS_BACKEND is {name!r}, which is not installed; "
                f"pip install 'declinit[{name}]' [DI405]",
            )
            for name in MISSING
        ),
        (
            "tensorflw",
            "KERAS_BACKEND is 'tensorflw', expected one of jax, tensorflow, torch, numpy, openvino; "
            "did you mean 'tensorflow'? [DI405]",
        ),
    ],
)
@pytest.mark.parametrize(
    "command",
    [("plan", "spec.yaml", *MODEL), ("validate", "spec.yaml", "--import", "cli_models")],
    ids=["model", "import"],
)
def test_a_chosen_backend_that_is_not_there_exits_with_2(here, backend, says, command):
    done = process(*PROGRAM, *command, env=environment(KERAS_BACKEND=backend))
    assert (done.returncode, done.stdout, done.stderr) == (USAGE, "", f"{says}\n1 error\n")


@pytest.mark.skipif("jax" not in INSTALLED, reason="Keras' NumPy backend needs JAX")
def test_keras_numpy_backend_is_there_where_jax_is(start):
    assert start(None, KERAS_BACKEND="numpy") == (FINE, ["on numpy"])


def test_without_any_backend_it_is_said_what_to_install(start, write):
    program = """
import importlib.util, sys
real = importlib.util.find_spec
importlib.util.find_spec = lambda name, *more: (
    None if name in {"jax", "tensorflow", "torch"} else real(name, *more)
)
from declinit.cli import main
sys.exit(main())
"""
    write("bare.py", program)
    code, said = start(None, command=(PROGRAM[0], os.path.abspath("bare.py")))  # noqa: PTH100
    message = "Keras cannot start: no backend is installed; pip install 'declinit[jax]' [DI405]"
    assert (code, said) == (USAGE, [message, "1 error"])


def test_a_backend_that_is_installed_and_broken_is_named(start, write):
    write("broken/jax/__init__.py", "raise ImportError('libcuda is missing')\n")
    root = environment()["PYTHONPATH"]
    path = os.pathsep.join([str(Path("broken").resolve()), root])
    code, said = start(None, KERAS_BACKEND="jax", PYTHONPATH=path)
    message = (
        "Keras cannot start: ImportError: libcuda is missing; "
        "the backend is 'jax', which KERAS_BACKEND chooses [DI405]"
    )
    assert (code, said) == (USAGE, [message, "1 error"])
