"""Every shipped policy is checked, and fits the model that it is for."""

from pathlib import Path

import keras
import pytest

import declinit

CONFIGS = Path(__file__).parent.parent / "configs"
MODELS = {"resnet50.yaml": lambda: keras.applications.ResNet50(weights=None)}


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.name)
def test_a_shipped_policy_covers_its_model_without_a_warning(path):
    spec = declinit.load(path)
    plan = declinit.resolve(spec, MODELS[path.name]())
    assert not plan.problems
    assert all(assignment.initializer for assignment in plan.values())


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.name)
def test_a_shipped_policy_names_its_schema_for_editors(path):
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=../schemas/spec.schema.json"
    assert (CONFIGS / "../schemas/spec.schema.json").is_file()
