"""A program of a user who has types checked: everything public, as `mypy --strict` and pyright see it.

`tests/test_typing.py` has both check it, and has every public name be used here. It is never run.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, assert_type

import keras

import declinit
from declinit import initializers

untyped: Any = keras  # what a checker guesses of Keras' functions is often wrong


class Net(keras.Model):  # type: ignore[misc]
    """A model of the user's own."""

    width: int = 8


def make() -> Net:
    """A function that builds it."""
    return Net()


def policies() -> Iterator[declinit.Spec]:
    """Specs, from everything that they are made of."""
    yield declinit.load("policy.yaml")
    yield declinit.load(
        Path("policy.yaml"),
        overrides=["seed=3"],
        rules=("**/bias=zeros",),
        checkpoints={"base": Path("base.npz")},
    )
    config: dict[str, Any] = {"declinit": 1, "rules": []}
    spec = declinit.Spec.from_config(config, base="policies")
    assert_type(spec, declinit.Spec)
    assert_type(spec.seed, int | None)
    assert_type(spec.digest, str)
    assert_type(spec.get_config(), dict[str, Any])
    assert_type(spec.lint(), tuple[declinit.Problem, ...])
    for rule in spec.rules:
        assert_type(rule, declinit.Rule)
        assert_type(rule.label, str)
    spec.save("copy.yaml")
    yield spec
    yield declinit.Spec.load("recipe:resnet")


def plans(spec: declinit.Spec, model: keras.Model) -> declinit.Plan:
    """Plans, and what they say."""
    for one in declinit.survey(model):
        assert_type(one, declinit.VariableInfo)
        assert_type(one.shape, tuple[int, ...])
    plan = declinit.resolve(spec, model)
    assert_type(plan, declinit.Plan)
    for path, assignment in plan.items():
        assert_type(path, str)
        assert_type(assignment, declinit.Assignment)
        assert_type(assignment.seed, int | None)
        initializer: Any = plan.build(path)
        print(initializer, assignment.shape, assignment.dtype)
    if plan.check("plan.json").differs:
        plan.save(Path("plan.json"))
    assert_type(declinit.Plan.load("plan.json"), declinit.Plan)
    assert_type(declinit.Plan.from_config(plan.get_config()).seed, int)
    assert_type(plan.to_json(), str)
    return declinit.resolve({"declinit": 1, "rules": []}, model, base=".")


def weights(model: Net, plan: declinit.Plan) -> None:
    """Everything that initializes, and the audits of it."""
    sources: list[declinit.Spec | declinit.Plan | declinit.Audit | Mapping[str, Any] | str | Path]
    sources = [plan, "policy.yaml", Path("plan.json"), {"declinit": 1, "rules": []}]
    for source in sources:
        assert_type(declinit.apply(source, model), declinit.Audit)
    audit = declinit.apply(plan, model, progress=True, checkpoints={"base": "base.npz"})
    declinit.apply(audit, model, progress=lambda done, total, path: print(f"{done}/{total} {path}"))
    built, audit = declinit.build(make, plan, progress=False)
    assert_type(built, Net)
    assert_type(built.width, int)
    assert_type(audit, declinit.Audit)
    for record in audit.values():
        assert_type(record, declinit.Record)
        assert_type(record.digest, str)
    assert_type(audit.summary(prefix=""), dict[str, str | int])
    audit.with_notes(["by hand"]).save("audit.json")
    assert_type(declinit.Audit.load("audit.json").plan(), declinit.Plan)


def checks(model: Net, audit: declinit.Audit) -> bool:
    """Verification, bit by bit and by statistics."""
    found = declinit.verify(audit, model)
    assert_type(found, declinit.Verification)
    assert_type(found.counts() | declinit.Verification().counts(), dict[str, int])
    for verdict in found.values():
        assert_type(verdict, declinit.Verdict)
        assert_type(verdict.status, str)
    plausible = declinit.verify("policy.yaml", model, statistical=True, progress=True)
    assert_type(plausible, declinit.Plausibility)
    for judgement in plausible.values():
        assert_type(judgement, declinit.Judgement)
    assert_type(declinit.export(model, seed=3, audit=audit), declinit.Spec)
    return bool(found) and bool(plausible)


def signals(model: keras.Model) -> None:
    """Signal propagation."""
    probe = declinit.probe(model, policy="policy.yaml", seeds=1)
    assert_type(probe, declinit.Probe)
    assert_type(probe.forward, dict[str, float])
    probe.save("probe.json")
    assert_type(declinit.Probe.load("probe.json"), declinit.Probe)
    assert_type(declinit.Probe.from_config(probe.get_config()), declinit.Probe)


class Halved:
    """An initializer of the user's own."""

    def __init__(self, factor: float = 0.5) -> None:
        self.factor = factor

    def __call__(self, shape: tuple[int, ...], dtype: str | None = None) -> Any:
        """The values."""
        return untyped.ops.full(shape, self.factor, dtype)


def faults() -> None:
    """Errors and warnings, and the names of one's own."""
    declinit.register("halved", Halved, summary="All one half.")
    declinit.register_with_keras()
    warnings.simplefilter("error", declinit.DeclinitWarning)
    try:
        print(declinit.__version__, declinit.load("policy.yaml"))
    except (declinit.SpecError, declinit.ResolveError, declinit.ApplyError) as error:
        for problem in error.problems:
            assert_type(problem, declinit.Problem)
            assert_type(problem.hint, str | None)
            if problem.where is not None:
                assert_type(problem.at(problem.where), declinit.Problem)
    except declinit.DeclinitError as error:
        assert_type(error.problems, tuple[declinit.Problem, ...])


def drop_in() -> Any:
    """Initializers without any policy."""
    kernel = initializers.HeNormal(seed=3)
    return untyped.layers.Dense(4, kernel_initializer=kernel, bias_initializer=initializers.Zeros())
