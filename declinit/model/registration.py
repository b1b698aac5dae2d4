"""Classes in a saved model that Keras finds only where somebody registers them.

Keras writes a model with layers that nobody registered without a word, and refuses to load it: by
module it looks for nothing but its own packages.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras

_CONFIG = "config.json"
# As in `keras.src.saving.serialization_lib`: classes of these are imported as a config names them.
_IMPORTED = frozenset({"keras", "keras_hub", "keras_cv", "keras_nlp"})


def unregistered(path: Path) -> list[str]:
    """The classes that a `.keras` file names and that are not registered, as `module.Class`."""
    try:
        with zipfile.ZipFile(path) as archive:
            config = json.loads(archive.read(_CONFIG))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):  # of a `save` of the user's own
        return []
    return list(dict.fromkeys(filter(None, map(_lost, _objects(config)))))


def _objects(config: Any) -> Iterator[dict[str, Any]]:
    """The serialized objects in a config, those of Keras with those inside them, in order."""
    waiting = [config]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            if "class_name" in found and "registered_name" in found:
                yield found
            waiting += reversed(found.values())
        elif isinstance(found, list):
            waiting += reversed(found)


def _lost(found: dict[str, Any]) -> str | None:
    module, name = str(found.get("module") or ""), found["registered_name"]
    # A function is written as one of Keras' own is, by its name alone.
    if found["class_name"] == "function" or module.partition(".")[0] in _IMPORTED:
        return None
    known = isinstance(name, str) and keras.saving.get_registered_object(name) is not None
    return None if known else f"{module}.{found['class_name']}".lstrip(".")
