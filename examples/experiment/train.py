"""Builds a model by the policy that the config names, and keeps the audit with the run.

`python -m examples.experiment.train seed=3 'policy.overrides=["seed=3"]'`, in the folder that the
policy's path is relative to. Hydra writes what it was told beside the audit, so that a run says all
that its weights came from.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import hydra
import keras
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

import declinit


def mlp(width: int, depth: int) -> keras.Model:
    """A model to train."""
    hidden = [keras.layers.Dense(width, "relu", name=f"hidden_{n}") for n in range(depth)]
    return keras.Sequential([keras.Input((4,)), *hidden, keras.layers.Dense(1, name="head")])


def initialized(config: DictConfig) -> tuple[Any, declinit.Audit]:
    """The model of an experiment, and what each of its weights received."""
    spec = declinit.load(
        config.policy.path, overrides=config.policy.overrides, rules=config.policy.rules
    )
    return declinit.build(lambda: mlp(**config.model), spec)


@hydra.main(version_base=None, config_path="conf", config_name="config")
def main(config: DictConfig) -> None:
    """Initialize, and keep the record; training would follow."""
    _, audit = initialized(config)
    audit.save(Path(HydraConfig.get().runtime.output_dir) / "audit.json")


if __name__ == "__main__":
    main()
