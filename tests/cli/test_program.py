"""The program: its arguments, how it ends, and modules to import first."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest
from command_line import FINDINGS, FINE, INTERNAL, MODEL, PROGRAM, SPEC, USAGE, process, valid

from declinit.cli import recorded
from declinit.cli.exits import RULE
from declinit.version import VERSION


def test_the_version_is_printed(run):
    assert run("--version") == (FINE, f"declinit {VERSION}\n", "")


def test_help_lists_the_commands_and_the_exit_codes(run):
    code, out, _ = run("--help")
    assert code == FINE
    commands = ("validate", "plan", "explain", "apply", "verify", "inventory", "export", "schema")
    assert all(f"    {name}" in out for name in commands)
    assert " ".join(RULE.split()) in " ".join(out.split())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "the following arguments are required: COMMAND"),
        (("frobnicate",), "argument COMMAND: invalid choice: 'frobnicate'"),
        (("validate",), "the following arguments are required: SPEC"),
        (("plan", "spec.yaml"), "the following arguments are required: --model"),
        (("plan", *MODEL), "the following arguments are required: SPEC"),
        (("verify", *MODEL), "the following arguments are required: AUDIT"),
        (("inventory", *MODEL, "--format", "github"), "argument --format: invalid choice"),
        (("validate", "spec.yaml", "--color", "red"), "argument --color: invalid choice: 'red'"),
        (("export", *MODEL, "--seed", "x"), "argument --seed: invalid int value: 'x'"),
        (("inventory", *MODEL, "--groups"), "unrecognized arguments: --groups"),
    ],
)
def test_wrong_arguments_exit_with_2(run, arguments, says):
    code, out, err = run(*arguments)
    assert (code, out) == (USAGE, "")
    assert f"error: {says}" in err


def test_import_makes_the_initializers_of_a_module_known(run, write):
    write(
        "cli_inits.py",
        "import declinit, numpy\n"
        "print('importing')\n"
        "declinit.register('cli_threes', lambda shape, dtype=None: numpy.full(shape, 3.0))\n",
    )
    write("threes.yaml", SPEC.replace("he_normal", "cli_threes"))
    code, _, err = run("validate", "threes.yaml")
    assert (code, "unknown initializer 'cli_threes'" in err) == (FINDINGS, True)
    threes = ("threes.yaml", "--import", "cli_inits")
    assert run("validate", *threes) == (FINE, "threes.yaml: fine, 3 rules\n", "importing\n")
    code, out, _ = run("apply", *threes, *MODEL, "--audit", "audit.json", "--format", "json")
    records = {record["path"]: record for record in valid(out, "audit")["variables"]}
    assert (code, records["head/kernel"]["mean"]) == (FINE, 3.0)


@pytest.mark.parametrize(
    ("module", "says"),
    [
        ("cli_model", "there is no module 'cli_model'; did you mean 'cli_models'?"),
        ("cli_lacking", "there is no module 'no_such_thing', which 'cli_lacking' needs"),
        (
            "cli_models.py",
            "'cli_models.py' is not a module's name; "
            "write it as Python imports it, such as package.module",
        ),
        ("cli_broken", "importing 'cli_broken' failed: SyntaxError: '(' was never closed"),
        ("cli_failing", "importing 'cli_failing' failed at {here}/cli_failing.py:2: ValueError: x"),
    ],
)
def test_a_module_that_cannot_be_imported_exits_with_2(run, write, here, module, says):
    write("cli_lacking.py", "import no_such_thing\n")
    write("cli_broken.py", "f(\n")
    write("cli_failing.py", "\nraise ValueError('x')\n")
    code, out, err = run("validate", "spec.yaml", "--import", module)
    assert (code, out) == (USAGE, "")
    assert err.startswith(says.format(here=here))
    assert err.endswith("\n1 error\n")


def test_findings_are_told_by_the_exit_code_even_if_nobody_reads_them(here, made):
    command = shlex.join([*PROGRAM, "plan", "spec.yaml", *MODEL, "--check", "plan.json"])
    shell = f"set -o pipefail; {command} --set seed=4 | true"
    assert process("bash", "-c", shell).returncode == FINDINGS


def test_a_fault_of_declinit_exits_with_3_and_says_how_to_see_more(run, monkeypatch):
    monkeypatch.setattr(recorded, "document_kind", lambda node: 1 / 0)
    apply = ("apply", "spec.yaml", *MODEL, "--audit", "a.json")
    assert run(*apply) == (
        INTERNAL,
        "",
        "declinit: internal error: ZeroDivisionError: division by zero\n"
        "declinit: this is a fault of declinit; run again with DECLINIT_DEBUG=1 to see where\n",
    )
    monkeypatch.setenv("DECLINIT_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        run(*apply)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_the_output_exits_with_2(here):
    with Path("/dev/full").open("w") as full:
        done = process(*PROGRAM, "schema", stdout=full)
    message = "declinit: cannot write the output: no space left on device\n"
    assert (done.returncode, done.stderr) == (USAGE, message)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_faults_as_json_exits_with_2(here):
    with Path("/dev/full").open("w") as full:
        command = ("plan", "faulty.yaml", *MODEL, "--format", "json")
        done = process(*PROGRAM, *command, stdout=full)
    last = done.stderr.splitlines()[-1]
    message = "declinit: cannot write the output: no space left on device"
    assert (done.returncode, last) == (USAGE, message)


@pytest.mark.skipif(os.name != "posix", reason="needs a shell")
@pytest.mark.parametrize("command", ["schema", "schema 2>&1", "validate none.yaml 2>&1"])
def test_a_reader_that_stops_early_is_no_error(here, command):
    done = process("sh", "-c", f"{' '.join(PROGRAM)} {command} | head -c 1")
    assert (len(done.stdout), done.stderr) == (1, "")


def test_the_module_runs_as_a_program(here):
    done = process(*PROGRAM, "validate", "faulty.yaml", "spec.yaml")
    assert (done.returncode, done.stdout) == (FINDINGS, "spec.yaml: fine, 3 rules\n")
    assert done.stderr.endswith("1 error\n")
