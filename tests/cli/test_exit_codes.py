"""One rule for exit codes, over all commands: `declinit.cli.exits.RULE`."""

from __future__ import annotations

import io
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest
from command_line import FINDINGS, FINE, MODELS, SPEC, USAGE

from declinit.cli.commands import COMMANDS

CASES = {
    # each command line, and the code it ends with
    # it did its work, and found nothing
    "validate spec.yaml": FINE,
    "validate recipe:gpt2": FINE,
    "plan spec.yaml --model module:tiny": FINE,
    "plan spec.yaml --model module:tiny --check plan.json": FINE,
    "explain spec.yaml head/bias --model module:tiny": FINE,
    "explain DI209": FINE,
    "apply spec.yaml --model module:tiny --audit a.json": FINE,
    "verify audit.json --model model.keras": FINE,
    "verify spec.yaml --model model.keras --statistical": FINE,
    "diff spec.yaml plan.json --model module:tiny": FINE,
    "export --model module:tiny": FINE,
    "init --model module:tiny": FINE,
    "inventory --model module:tiny": FINE,
    "probe --model module:tiny --seeds 1": FINE,
    "initializers he_normal": FINE,
    "recipes gpt2": FINE,
    "schema spec": FINE,
    "show spec.yaml": FINE,
    # it found something
    "validate faulty.yaml": FINDINGS,
    "plan loading.yaml --model module:tiny --checkpoint base=one.npz": FINDINGS,
    "explain loading.yaml head/bias --model module:tiny": FINDINGS,
    "show faulty.yaml": FINDINGS,
    "plan faulty.yaml --model module:tiny": FINDINGS,
    "plan unmatched.yaml --model module:tiny": FINDINGS,
    "plan spec.yaml --model module:tiny --check plan.json --set seed=4": FINDINGS,
    "explain unmatched.yaml head/bias --model module:tiny": FINDINGS,
    "apply unmatched.yaml --model module:tiny --audit a.json": FINDINGS,
    "verify audit.json --model module:tiny --kwargs '{\"units\": 5}'": FINDINGS,
    "diff spec.yaml ones.yaml --model module:tiny": FINDINGS,
    "init --model module:tiny --recipe faulty.yaml": FINDINGS,
    # it could not do its work: arguments are wrong
    "plan spec.yaml --model module:tiny --set sed=4": USAGE,
    "plan spec.yaml --model module:tiny --set seed": USAGE,
    "plan spec.yaml --model module:tiny --set seed=four": USAGE,
    "plan spec.yaml --model module:tiny --set kernels.initializer=he_norml": USAGE,
    "plan spec.yaml --model module:tiny --rule head=": USAGE,
    "plan spec.yaml --model module:tiny --rule head/kernel=he_norml": USAGE,
    "plan spec.yaml --model module:tiny --rule heda/kernel=ones": USAGE,
    "plan spec.yaml --model module:tiny --checkpoint base=x.npz": USAGE,
    "apply spec.yaml --model module:tiny --audit a.json --set sed=4": USAGE,
    "explain spec.yaml head/bais --model module:tiny": USAGE,
    "validate spec.yaml --checkpoint base=x.npz": USAGE,
    "initializers he_norml": USAGE,
    "recipes gtp2": USAGE,
    "schema specs": USAGE,
    "schema plan --install": USAGE,
    # a file cannot be read, or a model not be built
    "validate gone.yaml": USAGE,
    "show gone.yaml": USAGE,
    "show spec.yaml --set sed=4": USAGE,
    "plan gone.yaml --model module:tiny": USAGE,
    "plan spec.yaml --model module:tiny --check gone.json": USAGE,
    "plan spec.yaml --model module:raising": USAGE,
    "plan spec.yaml --model module:unbuilt": USAGE,
    "inventory --model module:unbuilt": USAGE,
    "inventory --weights gone.npz": USAGE,
    "plan loading.yaml --model module:tiny": USAGE,
    "plan loading.yaml --model module:tiny --checkpoint base=spec.yaml": USAGE,
    "apply loading.yaml --model module:tiny --audit a.json": USAGE,
    "verify loading.yaml --model module:tiny --statistical": USAGE,
    "diff loading.yaml spec.yaml --model module:tiny": USAGE,
    "export --model module:gone": USAGE,
    "verify gone.json --model module:tiny": USAGE,
    # what is to be compared has faults itself
    "diff faulty.yaml spec.yaml --model module:tiny": USAGE,
    "diff unmatched.yaml spec.yaml --model module:tiny": USAGE,
    "verify faulty.yaml --model module:tiny --statistical": USAGE,
    "verify unmatched.yaml --model module:tiny --statistical": USAGE,
    "verify spec.yaml --model module:tiny": USAGE,
}

LOADING = """declinit: 1
checkpoints: {base: gone.npz}
rules: [{match: "**", load: {from: base}}]
"""


@pytest.fixture
def files(run, made, write):
    write("module.py", MODELS.replace("instance = tiny()", "build = tiny"))
    write("loading.yaml", LOADING)
    np.savez("one.npz", **{"head/kernel": np.ones((3, 2))})
    write("unmatched.yaml", SPEC.replace("**/gamma", "**/gamma_"))
    write("ones.yaml", SPEC.replace("he_normal", "ones"))


def test_every_command_keeps_to_the_rule(run, files):
    ends = {line: run(*shlex.split(line))[0] for line in CASES}
    assert ends == CASES


def test_every_command_has_a_case():
    of_packages = {"completion", "report"}  # which may be missing
    assert {line.split()[0] for line in CASES} == set(COMMANDS) - of_packages


class Stdin:
    def __init__(self, text: str) -> None:
        self.buffer = io.BytesIO(text.encode())


def test_validate_reads_standard_input(run, monkeypatch):
    monkeypatch.setattr(sys, "stdin", Stdin(SPEC))
    assert run("validate", "-") == (FINE, "<stdin>: fine, 3 rules\n", "")
    monkeypatch.setattr(sys, "stdin", Stdin("declinit: 1\nextends: spec.yaml\n"))
    assert run("validate", "-") == (FINE, "<stdin>: fine, 3 rules\n", "")
    monkeypatch.setattr(sys, "stdin", Stdin("declinit: 1\nsed: 2\nrules: []\n"))
    code, out, err = run("validate", "-")
    assert (code, out) == (FINDINGS, "")
    assert err.startswith("<stdin>:2:1: unknown key 'sed'")


def test_standard_input_that_is_no_text_is_unreadable(run, monkeypatch):
    broken = Stdin("")
    broken.buffer = io.BytesIO(b"a: \xff")
    monkeypatch.setattr(sys, "stdin", broken)
    code, _, err = run("validate", "-", "spec.yaml")
    assert (code, err.splitlines()[0]) == (
        USAGE,
        "<stdin>:1:4: this is not UTF-8 text: byte 0xff; save the file as UTF-8 [DI103]",
    )


def test_set_reaches_a_rule_by_its_whole_name_where_its_id_is_a_setting(run, files):
    named = SPEC.replace("id: kernels", "id: seed")
    Path("named.yaml").write_text(named, encoding="utf-8")
    check = ("plan", "named.yaml", "--model", "module:tiny", "--groups")
    _, out, _ = run(*check, "--set", "rules.seed.initializer=lecun_normal", "--set", "seed=9")
    assert "seed\t1 variable\tlecun_normal\t" in out
    assert out.startswith("# named.yaml: seed 9,")


def test_set_reaches_an_item_of_a_list(run, files):
    text = SPEC.replace("he_normal", "he_normal\n    parts: [{at: '0, :', initializer: zeros}]")
    Path("parts.yaml").write_text(text, encoding="utf-8")
    change = ("--set", "kernels.parts.0.initializer=ones")
    code, out, _ = run("plan", "parts.yaml", "--model", "module:tiny", "--groups", *change)
    assert (code, "he_normal; [0, :]: ones" in out) == (FINE, True)


def test_set_tells_the_name_that_is_like_an_unknown_one(run, files):
    for key in ("kernel.initializer", "rules.kernel.initializer"):
        code, _, err = run("plan", "spec.yaml", "--model", "module:tiny", "--set", f"{key}=ones")
        assert (code, err) == (
            USAGE,
            "--set: 'kernel' is neither a setting nor the id of a rule; "
            "did you mean 'kernels'? [DI223]\n1 error\n",
        )
