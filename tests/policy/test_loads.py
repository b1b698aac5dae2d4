"""What a spec says of checkpoints and of loading, without a model and without any file."""

from __future__ import annotations

import pytest

import declinit
from declinit.errors import SpecError

named = pytest.mark.parametrize

HEAD = "declinit: 1\ncheckpoints: {base: base.npz}\nrules:\n"


def problems(write, text: str) -> list[str]:
    with pytest.raises(SpecError) as refused:
        declinit.load(write("spec.yaml", HEAD + text))
    return [one.headline.removeprefix("spec.yaml:") for one in refused.value.problems]


@named(
    ("load", "says"),
    [
        ("{}", "4:20: missing key 'from' [DI202]"),
        ("base", '4:20: `load`: expected a mapping, received "base" [DI203]'),
        (
            "{from: bose}",
            "4:27: unknown checkpoint 'bose'; did you mean 'base'? [DI350]",
        ),
        (
            "{from: x}",
            "4:27: unknown checkpoint 'x'; name its file under `checkpoints`, or with --checkpoint "
            "[DI350]",
        ),
        (
            "{from: base, on_missing: drop}",
            '4:45: `on_missing`: expected one of "error", "draw", "keep"; received "drop" [DI204]',
        ),
        (
            "{from: base, on_shape: slice}",
            "4:43: `on_shape: slice` needs an `initializer` to draw from [DI351]",
        ),
        (
            "{from: base, on_missing: draw}",
            "4:45: `on_missing: draw` needs an `initializer` to draw from [DI351]",
        ),
        (
            "{from: base, transpose: [0, 2]}",
            "4:44: `transpose` names each axis once, from 0 on, received [0, 2] [DI352]",
        ),
        (
            "{from: base, reshape: [-1, -1]}",
            "4:42: `reshape` leaves one size open at most, received [-1, -1] [DI352]",
        ),
        (
            "{from: base, reshape: [-2]}",
            "4:43: `reshape[0]`: expected at least -1, received -2 [DI205]",
        ),
        (
            "{from: base, take: '1:2:-1'}",
            "4:40: part '1:2:-1': a step is 1 or more, since a part has no direction, received -1 "
            "[DI260]",
        ),
        (
            "{from: base, rename: {'a[': b}}",
            "4:42: pattern 'a[': '[' is never closed; write '\\[' for the character [DI213]",
        ),
        (
            "{from: base, rename: {'a.{l}': 'b/{m}'}}",
            "4:54: target 'b/{m}': the pattern captures no 'm'; write '{m}' in the pattern [DI238]",
        ),
    ],
)
def test_a_fault_of_a_load_is_told_at_its_place(write, load, says):
    found = problems(write, f"- {{match: a, load: {load}}}\n")
    assert found == [says]


def test_a_rule_either_keeps_or_loads(write):
    (found,) = problems(write, "- {match: a, keep: true, load: {from: base}}\n")
    assert "a rule has either `load` or `keep: true`, not both" in found


def test_parts_beside_a_load_need_an_initializer(write):
    parts = "parts: [{at: '0', initializer: ones}]"
    (found,) = problems(write, f"- {{match: a, load: {{from: base}}, {parts}}}\n")
    assert found == "4:3: missing key 'initializer' [DI202]"
    drawn = f"- {{match: a, load: {{from: base}}, initializer: zeros, {parts}}}\n"
    spec = declinit.load(write("spec.yaml", HEAD + drawn))
    assert declinit.Spec.from_config(spec.get_config()) == spec
    assert str(spec.rules[0].action) == "load from base"


HOSTILE = [
    "{from: base, take: '" + "9" * 300 + "'}",
    "{from: base, rename: {'" + "*a" * 3000 + "': b}}",
    "{from: base, transpose: [" + "0, " * 5000 + "0]}",
    "{from: base, rename: {'a': '" + "/" * 50 + "etc'}}",
]


@named("load", HOSTILE, ids=lambda text: text[:30])
def test_hostile_loads_end_in_faults(write, load):
    with pytest.raises(SpecError):
        declinit.load(write("spec.yaml", HEAD + f"- {{match: a, load: {load}}}\n"))


def test_a_checkpoint_is_relative_to_the_file_that_names_it(write):
    write("a/base.yaml", "declinit: 1\ncheckpoints: {one: x.npz, two: y.npz}\nrules: []\n")
    own = "declinit: 1\nextends: ../a/base.yaml\ncheckpoints: {two: z.npz, three: /t.npz}\nrules: []\n"
    spec = declinit.load(write("b/own.yaml", own), overrides=["checkpoints.four=f.npz"])
    paths = {name: file.path for name, file in spec.checkpoints.items()}
    assert paths == {
        "one": "b/../a/x.npz",
        "two": "b/z.npz",
        "three": "/t.npz",
        "four": "f.npz",
    }
    assert spec.get_config()["checkpoints"]["two"] == "z.npz"
    beside = declinit.load(write("own.yaml", "declinit: 1\ncheckpoints: {a: b.npz}\nrules: []\n"))
    assert beside.checkpoints["a"].path == "b.npz"


@pytest.mark.parametrize(("folder", "above"), [("run", ".."), ("run/deep", "../..")])
def test_a_checkpoint_of_a_policy_above_the_working_folder_is_beside_the_policy(
    write, monkeypatch, tmp_path, folder, above
):
    text = "declinit: 1\ncheckpoints: {one: x.npz, two: ../ck/y.npz}\nrules: []\n"
    write("configs/own.yaml", text)
    (tmp_path / folder).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / folder)
    files = declinit.load(f"{above}/configs/own.yaml").checkpoints
    assert {name: file.path for name, file in files.items()} == {
        "one": f"{above}/configs/x.npz",
        "two": f"{above}/configs/../ck/y.npz",
    }


def test_a_file_given_in_python_takes_the_place_of_the_written_one(write, tmp_path):
    text = "declinit: 1\nrules:\n- {match: a, load: {from: base}}\n"
    spec = declinit.load(write("b/own.yaml", text), checkpoints={"base": tmp_path / "x.npz"})
    assert spec.checkpoints["base"].path == str(tmp_path / "x.npz")


@named("checkpoints", [["base=x"], {"base": 3}, {3: "x"}])
def test_what_is_no_mapping_of_names_to_paths_is_refused(write, checkpoints):
    file = write("own.yaml", "declinit: 1\nrules: []\n")
    with pytest.raises(declinit.errors.ArgumentError, match="a mapping of names to paths"):
        declinit.load(file, checkpoints=checkpoints)


def test_a_spec_without_loads_says_nothing_of_them(write):
    config = declinit.load(write("s.yaml", "declinit: 1\nseed: 1\nrules: []\n")).get_config()
    assert "checkpoints" not in config
    assert "leftover" not in config["strict"]
