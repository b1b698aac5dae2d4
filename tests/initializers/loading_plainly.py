"""Load saved models with nothing but Keras: run in a process of its own.

    python loading_plainly.py FOLDER

It prints one line of JSON: for each model in the folder its name, and None or why Keras refuses it.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

import keras


def failure(path: Path) -> str | None:
    """Why Keras cannot load a model; None if it can."""
    try:
        keras.models.load_model(path, compile=False)
    except Exception as error:
        return str(error).rpartition("Exception encountered: ")[2] or repr(error)
    return None


warnings.simplefilter("ignore")
failures = {path.stem: failure(path) for path in sorted(Path(sys.argv[1]).glob("*.keras"))}
assert "declinit" not in sys.modules
print(json.dumps(failures))
