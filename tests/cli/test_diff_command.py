"""`declinit diff`: what two policies, plans, audits or models draw differently."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import FINDINGS, FINE, MODEL, PROGRAM, SPEC, USAGE, environment, valid

SAME = "no difference, 4 variables"
OTHER = SPEC.replace("he_normal", "{name: random_normal, stddev: 0.5}")
MORE = r"""
import keras
from keras import layers


def own(shape, dtype=None):
    return keras.ops.ones(shape, dtype)


def nameless():
    return _model(layers.Dense(2, name="head", kernel_initializer=own))


def shared():
    inputs = keras.Input((3,))
    layer = layers.Dense(3, name="both")
    return keras.Model(inputs, layer(layer(inputs)), name="tiny")


def weightless():
    return _model(layers.Flatten())


def recurrent():
    inputs = keras.Input((4, 3))
    return keras.Model(inputs, layers.LSTM(2, name="rnn")(inputs), name="tiny")


def hostile():
    return _model(layers.Dense(2, name="a|b`<img src=x>@all\n# c"))


class Own(layers.Layer):
    def build(self, shape):
        self.factor = self.add_weight(name="factor", shape=(2,))

    def call(self, inputs):
        return inputs


def unknown():
    return _model(Own(name="own"))


def _model(layer):
    inputs = keras.Input((3,))
    return keras.Model(inputs, layer(inputs), name="tiny")
"""


@pytest.fixture
def more(write):
    write("cli_more.py", MORE)


def everything(initializer: str, pattern: str = "**") -> str:
    return f'declinit: 1\nseed: 1\nrules:\n  - {{match: "{pattern}", initializer: {initializer}}}\n'


# Two sides

SIDES = {
    # sides of the policy in spec.yaml, and what of its seeds is told
    "a spec and itself": (("spec.yaml", "spec.yaml"), ""),
    "a spec and its plan": (("spec.yaml", "plan.json"), ""),
    "a plan and its audit": (("plan.json", "audit.json"), ""),
    "an audit and the spec": (("audit.json", "spec.yaml"), ""),
    "the model and itself": (
        ("model", "model"),
        "seeds are not compared: a model's layers draw their own",
    ),
    "a spec and one of another seed": (
        ("spec.yaml", "seven.yaml"),
        "1 variable with another seed (root 3 -> 7)",
    ),
    "a spec and one without a seed": (
        ("spec.yaml", "seedless.yaml"),
        "seeds are not compared: seedless.yaml names none",
    ),
}


@pytest.mark.parametrize("name", SIDES)
def test_what_draws_from_the_same_distributions_does_not_differ(run, made, write, name):
    write("seven.yaml", SPEC.replace("seed: 3", "seed: 7"))
    write("seedless.yaml", SPEC.replace("seed: 3\n", ""))
    sides, told = SIDES[name]
    code, out, err = run("diff", *sides, *MODEL)
    assert (code, err) == (FINE, "")
    note = f"{told}\n" if told else ""
    assert out == f"# {sides[0]} -> {sides[1]}\n\n# {SAME}\n{note}"


def test_a_model_that_was_initialized_does_what_the_policy_says(run, made):
    assert run("diff", "spec.yaml", "model", "--model", "model.keras")[0] == FINE
    assert run("diff", "spec.yaml", "model", *MODEL)[0] == FINDINGS


def test_each_variable_has_its_kind_its_distribution_and_the_ratio_of_the_stddevs(run, write):
    write("other.yaml", OTHER)
    assert run("diff", "spec.yaml", "other.yaml", *MODEL) == (
        FINDINGS,
        "# spec.yaml -> other.yaml\n\n"
        "# kernels: 1 variable, he_normal -> random_normal(stddev=0.5)\n"
        "head/kernel\t3x2\the_normal, stddev 0.8165\trandom_normal(stddev=0.5), stddev 0.5\t"
        "stddev x 0.6124\n\n"
        "# 1 of 4 variables differ, 3 do not\n",
        "",
    )
    assert run("diff", "spec.yaml", "other.yaml", *MODEL, "--groups")[1] == (
        "# spec.yaml -> other.yaml\n\n"
        "kernels\t1 variable\the_normal -> random_normal(stddev=0.5)\tstddev x 0.6124\n\n"
        "# 1 of 4 variables differ, 3 do not\n"
    )


def test_variables_whose_numbers_differ_share_a_line(run, write):
    rule = '\n  - {id: f, match: "a_layer*_{l}/kernel", initializer: %s}'
    formulas = ("{name: random_normal, stddev: 1 / (l + 1)}", "{name: random_normal, stddev: 1}")
    for name, formula in zip("ab", formulas, strict=True):
        write(f"{name}.yaml", everything("zeros") + (rule % formula).lstrip("\n") + "\n")
    deep = ("--model", "cli_models:deep", "--kwargs", '{"layers_": 3}')
    assert run("diff", "a.yaml", "b.yaml", *deep, "--groups")[1].splitlines()[2] == (
        "f\t2 variables\trandom_normal -> random_normal(stddev=1)\tstddev x 2 to 3"
    )


def test_the_rules_of_the_policy_are_named_on_whichever_side_it_is(run, here):
    for sides in (("spec.yaml", "model"), ("model", "spec.yaml")):
        assert run("diff", *sides, *MODEL)[1].splitlines()[2].startswith("# kernels: 1 variable")


WORDS = {
    # two ways to say the same distribution
    "a default written out": ("random_normal", "{name: random_normal, mean: 0, stddev: 0.05}", 0),
    "another kind": (
        "he_normal",
        "{name: variance_scaling, scale: 2, mode: fan_in, distribution: truncated_normal}",
        1,
    ),
    "without a distribution": ("orthogonal", "{name: orthogonal, gain: 1.0}", 0),
    "a formula": (
        "{name: random_normal, stddev: 1 / 8}",
        "{name: random_normal, stddev: 0.125}",
        0,
    ),
}


@pytest.mark.parametrize("name", WORDS)
def test_how_a_policy_says_it_makes_no_difference(run, write, name):
    before, after, reworded = WORDS[name]
    for file, initializer in (("a.yaml", before), ("b.yaml", after)):
        write(
            file, everything("zeros") + f'  - {{match: "**/kernel", initializer: {initializer}}}\n'
        )
    code, out, _ = run("diff", "a.yaml", "b.yaml", *MODEL)
    assert code == FINE
    assert ("1 variable with the same distribution by another initializer" in out) is bool(reworded)


def test_what_a_policy_keeps_is_what_the_model_does(run, write):
    write("kept.yaml", 'declinit: 1\nrules:\n  - {match: "**", keep: true}\n')
    write("zeros.yaml", everything("zeros"))
    assert run("diff", "kept.yaml", "model", *MODEL)[0] == FINE
    assert run("diff", "model", "kept.yaml", *MODEL)[0] == FINE
    assert run("diff", "kept.yaml", "kept.yaml", *MODEL)[0] == FINE
    code, out, _ = run("diff", "kept.yaml", "zeros.yaml", *MODEL, "--groups")
    assert code == FINDINGS
    assert "rules[0]\t4 variables\tleft as it is -> zeros\n" in out


def test_settings_are_told_and_only_the_generator_counts_by_itself(run, made, write):
    write("keras.yaml", SPEC.replace("seed: 3", "seed: 3\ngenerator: keras"))
    write("fans.yaml", SPEC.replace("seed: 3", "seed: 3\nfans: keras"))
    generator = run("diff", "plan.json", "keras.yaml", *MODEL)
    fans = run("diff", "plan.json", "fans.yaml", *MODEL)
    assert (
        generator[:2]
        == (
            FINDINGS,
            "# plan.json -> keras.yaml: generator portable -> keras\n\n"
            "# only settings differ, 4 variables\n",
        )
        or "only settings differ" in generator[1]
    )
    assert (fans[0], fans[1].splitlines()[0]) == (
        FINE,
        "# plan.json -> fans.yaml: fans layer -> keras",
    )


# Seeds, and layers that were renamed


def test_seeds_count_if_asked_for(run, made, write):
    write("seven.yaml", SPEC.replace("seed: 3", "seed: 7"))
    code, out, _ = run("diff", "plan.json", "seven.yaml", *MODEL, "--seeds", "--groups")
    assert (code, out) == (
        FINDINGS,
        "# plan.json -> seven.yaml\n\n"
        "kernels\t1 variable\tanother seed\n\n"
        "# 1 of 4 variables differ, 3 do not\n"
        "1 variable with another seed (root 3 -> 7)\n",
    )


@pytest.mark.parametrize("side", ["model", "seedless.yaml"])
def test_seeds_that_say_nothing_cannot_count(run, write, side):
    write("seedless.yaml", SPEC.replace("seed: 3\n", ""))
    code, out, err = run("diff", "spec.yaml", side, *MODEL, "--seeds")
    assert (code, out) == (USAGE, "")
    assert err.startswith("--seeds has nothing to compare: ")


def test_a_renamed_layer_is_recognised_and_an_entry_is_proposed(run, made):
    top = ("--kwargs", '{"name": "top"}')
    code, out, err = run("diff", "plan.json", "spec.yaml", *MODEL, *top, "--groups")
    assert (code, out, err) == (
        FINDINGS,
        "# plan.json -> spec.yaml\n\n"
        "kernels\t1 variable\trenamed head/** -> top/**\n"
        "rest\t1 variable\trenamed head/** -> top/**\n"
        "# to keep the seeds of what was renamed, let the policy say:\n"
        "moved:\n"
        "  - {from: head, to: top}\n\n"
        "# 2 of 4 variables differ, 2 do not\n"
        "1 variable with another seed\n",
        "",
    )
    document = valid(
        run("diff", "plan.json", "spec.yaml", *MODEL, *top, "--format", "json")[1], "diff"
    )
    assert document["moved"] == [{"from": "head", "to": "top"}]


# What is compared without a model, and what cannot be


def test_plans_and_audits_are_compared_without_keras(made):
    code = (
        "import sys, declinit.cli; print(declinit.cli.main(sys.argv[1:]), 'keras' in sys.modules)"
    )
    command = [sys.executable, "-c", code, "diff", "plan.json", "audit.json"]
    environ = environment(KERAS_BACKEND="none")
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert (done.stdout.splitlines()[-1], done.stderr) == ("0 False", "")


def test_the_program_exits_with_what_it_found(made, write):
    write("other.yaml", OTHER)
    for sides, expected in ((("plan.json", "plan.json"), FINE), (("plan.json", "no.json"), USAGE)):
        command = [*PROGRAM, "diff", *sides]
        done = subprocess.run(command, env=environment(), capture_output=True, check=False)
        assert done.returncode == expected


FAULTS = {
    # (sides, beginning of what is said)
    "a spec without a model": (
        ("spec.yaml", "plan.json"),
        "expected --model: what 'spec.yaml' comes to depends on the model",
    ),
    "a model without a model": (("plan.json", "model"), "expected --model: what 'model' comes to"),
    "no file": (("plan.json", "plam.json"), "cannot read 'plam.json'"),
    "a faulty spec": (
        ("faulty.yaml", "plan.json"),
        "faulty.yaml:4:18: unknown initializer 'he_norml'",
    ),
    "a document of another kind": (
        ("plan.json", "config.json"),
        "config.json:1:1: missing key 'declinit'",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_cannot_be_compared_is_no_difference(run, made, name):
    sides, said = FAULTS[name]
    code, out, err = run("diff", *sides)
    assert (code, out, err[: len(said)]) == (USAGE, "", said)


def test_a_policy_that_does_not_fit_the_model_is_no_difference(run, write):
    write("misfit.yaml", everything("zeros", "nowhere/kernel"))
    code, out, err = run("diff", "misfit.yaml", "model", *MODEL)
    assert (code, out) == (USAGE, "")
    assert "[DI301]" in err
    said = "misfit.yaml makes no plan for this model, so that nothing was compared [DI720]"
    assert said in err.splitlines()


def test_a_recipe_that_does_not_fit_the_model_says_how_to_fit_it(run):
    code, out, err = run("diff", "model", "recipe:nanogpt", *MODEL)
    assert (code, out) == (USAGE, "")
    assert err.splitlines()[-2] == (
        "recipe:nanogpt makes no plan for this model, so that nothing was compared; "
        "fit it with `declinit init --recipe nanogpt` [DI720]"
    )


def test_faults_have_the_format_that_was_asked_for(run, made):
    code, out, _ = run("diff", "plan.json", "faulty.yaml", "--format", "markdown")
    assert (code, out.startswith("- `faulty.yaml:")) == (USAGE, True)


def test_a_file_that_is_called_model_is_named_with_its_folder(run, made):
    Path("model").write_text(SPEC, encoding="utf-8")
    assert run("diff", "./model", "spec.yaml", *MODEL)[0] == FINE


# Models that have something odd


def test_an_initializer_that_no_policy_can_name_goes_by_its_own_name(run, more, write):
    write("a.yaml", everything("zeros"))
    code, out, err = run("diff", "model", "a.yaml", "--model", "cli_more:nameless")
    assert (code, err) == (FINDINGS, "")
    assert (
        "# rules[0]: 1 variable, function -> zeros\nhead/kernel\t3x2\tfunction\tzeros, all 0\n"
        in out
    )


def test_a_variable_that_no_layer_has_an_initializer_for_is_not_taken_for_the_policy(
    run, more, write
):
    write("a.yaml", everything("zeros"))
    code, out, _ = run("diff", "model", "a.yaml", "--model", "cli_more:unknown")
    assert (code, "own/factor\t2\tleft as it is\tzeros, all 0\n" in out) == (FINDINGS, True)


def test_a_shared_layer_is_one(run, more, write):
    write("a.yaml", everything("zeros"))
    document = run("diff", "model", "a.yaml", "--model", "cli_more:shared", "--format", "json")[1]
    assert [one["path"] for one in valid(document, "diff")["variables"]] == ["both/kernel"]


def test_a_model_without_weights_is_told(run, more):
    code, _, err = run("diff", "model", "model", "--model", "cli_more:weightless")
    assert (code, err) == (USAGE, "model 'tiny' has no weights [DI406]\n1 error\n")


def test_parts_that_a_layer_fills_are_no_difference(run, more, write):
    kernels = '  - {match: "**/kernel", initializer: glorot_uniform}\n'
    recurrent = '  - {match: "**/recurrent_kernel", initializer: %s}\n'
    usual = everything("zeros") + kernels + recurrent % "orthogonal"
    write("a.yaml", f"{usual}fans: keras\n")
    write(
        "b.yaml",
        everything("ones")
        + kernels
        + recurrent % "{name: orthogonal, split: gates}"
        + "fans: keras\n",
    )
    model = ("--model", "cli_more:recurrent")
    assert run("diff", "a.yaml", "model", *model)[0] == FINE
    code, out, _ = run("diff", "a.yaml", "b.yaml", *model, "--groups")
    assert (code, [line.split("\t")[2] for line in out.splitlines()[2:4]]) == (
        FINDINGS,
        ['orthogonal -> orthogonal(split="gates")', "zeros; forget: ones -> ones; forget: ones"],
    )


def test_an_empty_plan_is_compared_like_any_other(run, made):
    data = json.loads(Path("plan.json").read_text(encoding="utf-8"))
    Path("empty.json").write_text(json.dumps(data | {"variables": []}), encoding="utf-8")
    assert run("diff", "empty.json", "empty.json") == (
        FINE,
        "# empty.json -> empty.json\n\n# no difference, 0 variables\n",
        "",
    )
    code, out, _ = run("diff", "plan.json", "empty.json", "--groups")
    assert (code, "kernels\t1 variable\tno longer there\n" in out) == (FINDINGS, True)
    code, out, _ = run("diff", "empty.json", "plan.json", "--groups")
    assert (code, "kernels\t1 variable\tnew\n" in out) == (FINDINGS, True)


def test_plans_of_other_models_are_compared_by_path_and_shape(run, made):
    run("plan", "spec.yaml", *MODEL, "--kwargs", '{"units": 5}', "--out", "wide.json")
    assert run("diff", "plan.json", "wide.json", "--groups")[:2] == (
        FINDINGS,
        "# plan.json -> wide.json\n\n"
        "kernels\t1 variable\tshape 3x2 -> 3x5\n"
        "rest\t1 variable\tshape 2 -> 5\n\n"
        "# 2 of 4 variables differ, 2 do not\n",
    )


def test_names_of_layers_mean_nothing_in_a_comment_on_a_pull_request(run, more, write):
    write("a.yaml", everything("zeros"))
    model = ("--model", "cli_more:hostile")
    code, out, _ = run("diff", "model", "a.yaml", *model, "--format", "markdown", "-v")
    path = "a&#124;b&#96;&#60;img src&#61;x&#62;&#64;all&#65533;&#35; c&#47;kernel"
    assert code == FINDINGS
    assert f"| <code>{path}</code> | 3x2 | " in out
    document = run("diff", "model", "a.yaml", *model, "--format", "json")[1]
    assert valid(document, "diff")["variables"][0]["path"] == "a|b`<img src=x>@all\n# c/kernel"


def test_the_data_has_both_sides_and_the_ratio(run, write):
    write("other.yaml", OTHER)
    document = valid(run("diff", "spec.yaml", "other.yaml", *MODEL, "--format", "json")[1], "diff")
    (one,) = document["variables"]
    assert (document["differs"], document["unchanged"], one["fields"]) == (True, 3, ["values"])
    assert (one["path"], one["status"], one["rule"]) == ("head/kernel", "changed", "kernels")
    assert one["after"]["initializer"]["stddev"] == 0.5
    assert one["stddev_ratio"] == pytest.approx(0.5 / (2 / 3) ** 0.5)


def test_recipes_are_compared_by_their_names(run, here):
    assert run("diff", "recipe:keras-defaults", "model", *MODEL)[0] == FINE
    code, out, _ = run("diff", "recipe:torch-defaults", "recipe:keras-defaults", *MODEL)
    assert (code, out.splitlines()[0]) == (
        FINDINGS,
        "# recipe:torch-defaults -> recipe:keras-defaults: fans layer -> keras",
    )


# Overrides


OVERRIDDEN = {
    # the overrides: the summary of what then differs between the spec and another one
    "without": ((), "1 of 4 variables differ, 3 do not"),
    "a rule in both": (("--rule", "head/kernel=zeros", "--set", "strict.shadowed=allow"), SAME),
    "a value of a rule in both": (("--set", "kernels.initializer=lecun_normal"), SAME),
}


@pytest.mark.parametrize("name", OVERRIDDEN)
def test_overrides_change_both_specs(run, write, name):
    options, summary = OVERRIDDEN[name]
    write("other.yaml", OTHER)
    code, out, err = run("diff", "spec.yaml", "other.yaml", *MODEL, *options, "--seeds")
    assert (code, err) == (FINDINGS if name == "without" else FINE, "")
    assert f"# {summary}\n" in out


def test_a_plan_is_compared_as_it_stands_with_a_spec_that_is_overridden(run, made):
    sides = ("diff", "plan.json", "spec.yaml", *MODEL)
    assert run(*sides)[0] == FINE
    assert run(*sides, "--set", "seed=5")[0] == FINE
    assert run(*sides, "--set", "seed=5", "--seeds")[0] == FINDINGS
    assert run(*sides, "--rule", "head/bias=ones")[0] == FINDINGS


@pytest.mark.parametrize(
    ("option", "value"), [("--set", "seed=5"), ("--rule", "**=ones"), ("--checkpoint", "a=b.npz")]
)
def test_overrides_that_no_side_takes_are_refused(run, made, option, value):
    assert run("diff", "plan.json", "audit.json", option, value) == (
        USAGE,
        "",
        f"{option} overrides what a spec says, and neither 'plan.json' nor 'audit.json' is one "
        "[DI701]\n1 error\n",
    )


def test_an_override_that_one_spec_does_not_take_compares_nothing(run, write):
    write("other.yaml", OTHER.replace("id: kernels", "id: matrices"))
    change = ("--set", "kernels.initializer=ones")
    assert run("diff", "spec.yaml", "other.yaml", *MODEL, *change) == (
        USAGE,
        "",
        "--set: 'kernels' is neither a setting nor the id of a rule [DI223]\n1 error\n",
    )
