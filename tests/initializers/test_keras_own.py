"""Keras' own tests of its initializers pass with one import swapped.

They ship in Keras' wheel and are read from there: nothing of them is kept here.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import keras
import pytest

FOLDER = Path(keras.__file__).parent / "src" / "initializers"
ROOT = Path(__file__).parents[2]
MODULES = ["random_initializers_test.py", "constant_initializers_test.py"]

THEIRS, OURS = "from keras.src import initializers\n", "from declinit import initializers\n"

# Keras' repository has it in a conftest.py that the wheel lacks; no backend of ours is skipped.
CONFTEST = """
import keras
import pytest

def skip_if_backend(given, reason):
    return pytest.mark.skipif(keras.backend.backend() == given, reason=reason)
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory) -> dict[str, list[str]]:
    """By module, what became of each of its tests: `passed`, `failure`, `error` or `skipped`."""
    folder = tmp_path_factory.mktemp("keras_own")
    (folder / "conftest.py").write_text(CONFTEST)
    for module in MODULES:
        source = (FOLDER / module).read_text()
        assert source.count(THEIRS) == 1
        (folder / module).write_text(source.replace(THEIRS, OURS))
    options = ["-q", "-p", "no:cacheprovider", "--rootdir", str(folder), "--junitxml=results.xml"]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *MODULES],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    found: dict[str, list[str]] = {}
    for case in ElementTree.parse(folder / "results.xml").iter("testcase"):
        module = case.attrib["classname"].split(".")[0] + ".py"
        kinds = [element.tag for element in case if element.tag != "properties"]
        found.setdefault(module, []).append(kinds[0] if kinds else "passed")
    return found


@pytest.mark.parametrize("module", MODULES)
def test_the_tests_of_keras_pass_with_only_the_import_swapped(outcomes, module):
    """All of them; what is skipped is a placeholder of Keras' base class, one a module."""
    assert set(outcomes[module]) <= {"passed", "skipped"}
    assert outcomes[module].count("passed") > outcomes[module].count("skipped")
    assert outcomes[module].count("skipped") <= 1
