"""Standard output holds results alone, and a run that cannot show them says so."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import keras
import pytest
from command_line import FINE, MODEL, PROGRAM, USAGE, names, process

TALKING = r"""
import atexit, ctypes, os, subprocess
import declinit, keras
from keras import layers


def talk(where):
    os.write(1, f"fd 1 {where}\n".encode())
    ctypes.CDLL(None).printf(f"printf {where}\n".encode())
    print(f"print {where}")


def talkative(shape, dtype=None):
    talk("initializer")
    return keras.ops.zeros(shape, dtype)


class Model(keras.Model):
    def get_config(self):
        talk("saving")
        return super().get_config()


def tiny():
    talk("builder")
    subprocess.run(["echo", "child"], check=True)
    atexit.register(talk, "end")
    inputs = keras.Input((3,))
    return Model(inputs, layers.Dense(2, name="head")(inputs))


talk("import")
declinit.register("talkative", talkative)
"""


def test_what_others_print_is_no_result_even_on_file_descriptor_1(here, write):
    write("talking.py", TALKING)
    options = ("--import", "talking", "--rule", "**/bias=talkative", "--set", "strict.unused=allow")
    command = ("apply", "spec.yaml", "--model", "talking:tiny", *options, "--format", "json")
    done = process(*PROGRAM, *command, "--out", "m.keras", "--audit", "a.json")
    assert (done.returncode, done.stdout) == (FINE, Path("a.json").read_text(encoding="utf-8"))
    said = set(done.stderr.splitlines())
    places = ("import", "builder", "initializer", "saving", "end")
    assert {f"{way} {where}" for way in ("fd 1", "printf", "print") for where in places} <= said
    assert "child" in said


def test_a_closed_standard_output_is_told_and_files_are_written_all_the_same(here):
    line = f"{' '.join(PROGRAM)} apply spec.yaml {' '.join(MODEL)} --audit a.json >&-"
    done = process("sh", "-c", line)
    message = "declinit: cannot write the output: bad file descriptor\n"
    assert (done.returncode, done.stdout, done.stderr) == (USAGE, "", message)
    assert len(json.loads(Path("a.json").read_text(encoding="utf-8"))["variables"]) == 4


def test_with_all_streams_closed_the_exit_code_says_it(here):
    done = process("sh", "-c", f"{' '.join(PROGRAM)} schema <&- >&- 2>&-")
    assert (done.returncode, done.stdout, done.stderr) == (USAGE, "", "")


QUIET = ("--set", "strict.unused=allow", "--set", "strict.shadowed=allow")

RAISING = """
import declinit
import keras
from keras import layers


class Unsayable(Exception):
    def __str__(self):
        raise RuntimeError


class OwnInterrupt(KeyboardInterrupt):
    pass


class Evil:
    def __getattr__(self, name):
        raise SystemExit("evil")


evil, numbers = Evil(), [1]
ERRORS = {kind.__name__: kind for kind in
    (SystemExit, GeneratorExit, OwnInterrupt, BaseException, Unsayable, MemoryError)}


def raising(kind):
    raise ERRORS[kind]("a\\nb")


def tiny():
    inputs = keras.Input((3,))
    return keras.Model(inputs, layers.Dense(2, name="head")(inputs))


for name, kind in ERRORS.items():
    def initializer(shape, dtype=None, kind=kind):
        raise kind("a\\nb")

    declinit.register(f"raises_{name}", initializer)
"""


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("SystemExit", "SystemExit: a b"),
        ("GeneratorExit", "GeneratorExit: a b"),
        ("OwnInterrupt", "OwnInterrupt: a b"),
        ("BaseException", "BaseException: a b"),
        ("Unsayable", "Unsayable"),
        ("MemoryError", "MemoryError: a b"),
    ],
)
def test_a_builder_that_raises_anything_ends_in_one_line(run, write, kind, says):
    write("raises.py", RAISING)
    options = ("--model", "raises:raising", "--kwargs", json.dumps({"kind": kind}))
    code, out, err = run("plan", "spec.yaml", *options, "--format", "json")
    message, count = err.splitlines()
    assert (code, count) == (USAGE, "1 error")
    assert message.startswith('calling raises:raising with {"kind": ')
    assert message.endswith(f": {says} [DI403]")
    assert [one["code"] for one in json.loads(out)["problems"]] == ["DI403"]


@pytest.mark.parametrize("kind", ["SystemExit", "GeneratorExit", "OwnInterrupt", "BaseException"])
def test_an_initializer_that_ends_the_program_ends_the_run_in_one_line(run, write, kind):
    write("raises.py", RAISING)
    model = ("--model", "raises:tiny", "--import", "raises", *QUIET)
    before = names()
    rule = ("--rule", f"**/bias=raises_{kind}", "--audit", "a.json")
    message = f"the run was ended by {kind}: a b [DI707]\n1 error\n"
    assert run("apply", "spec.yaml", *model, *rule) == (USAGE, "", message)
    assert names() == before


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("raises:evil.x", "looking up 'raises:evil.x' failed at "),
        ("raises:numbers.x", "'raises' has no 'numbers.x' [DI402]"),
        ("zero.json", "cannot load 'zero.json': it is no regular file [DI404]"),
        ("pipe.keras", "cannot load 'pipe.keras': it is no regular file [DI404]"),
        ("loop.keras", "cannot read 'loop.keras': too many levels of symbolic links [DI404]"),
        ("deep.json", "cannot load 'deep.json': it is not JSON: maximum recursion depth exceeded"),
        (f"{'x' * 300}.keras", f"cannot read '{'x' * 300}.keras': file name too long [DI404]"),
    ],
    ids=lambda value: value[:12],
)
def test_a_model_that_is_none_exits_with_2(run, write, name, says):
    write("raises.py", RAISING)
    write("deep.json", "[" * 100_000)
    Path("zero.json").symlink_to("/dev/zero")
    Path("loop.keras").symlink_to("loop.keras")
    os.mkfifo("pipe.keras")
    code, out, err = run("inventory", "--model", name)
    assert (code, out, err.count("\n")) == (USAGE, "", 2)
    assert err.startswith(says)


def test_arguments_nested_too_deeply_are_no_fault_of_declinit(run):
    code, _, err = run("inventory", *MODEL, "--kwargs", "[" * 100_000)
    says = "--kwargs is not JSON: maximum recursion depth exceeded"
    assert (code, err.startswith(says)) == (USAGE, True)


@pytest.mark.parametrize(
    "option", [("--set", "seed"), ("--set", "=3"), ("--rule", "head"), ("--rule", "head=one(1)")]
)
def test_a_malformed_override_is_wrong_usage(run, option):
    assert run("plan", "spec.yaml", *MODEL, *option)[0] == USAGE


def test_a_plan_of_the_widest_bounds_holds_numbers_alone(run):
    wide = ("--rule", "**/kernel=random_uniform(minval=-1.7e+308, maxval=1.7e+308)")
    plan = ("plan", "spec.yaml", *MODEL, *wide, "--set", "strict.unused=allow")
    assert run(*plan, "--out", "plan.json")[0] == FINE
    variables = json.loads(Path("plan.json").read_text())["variables"]
    (expected,) = (one["expected"] for one in variables if one["path"] == "head/kernel")
    assert (expected["mean"], expected["stddev"]) == (0.0, pytest.approx(1.7e308 / 3**0.5))
    assert run(*plan, "--check", "plan.json")[0] == FINE


@pytest.mark.parametrize(
    ("number", "swallowed", "ending"),
    [
        (signal.SIGINT, True, (130, "", "declinit: interrupted\n")),
        (signal.SIGINT, False, (130, "", "declinit: interrupted\n")),
        (signal.SIGTERM, True, (143, "", "declinit: terminated\n")),
        (signal.SIGTERM, False, (143, "", "declinit: terminated\n")),
        (signal.SIGHUP, False, (129, "", "declinit: hung up\n")),
    ],
)
def test_a_signal_while_a_model_is_saved_is_not_lost(run, monkeypatch, number, swallowed, ending):
    def save(model, path, *_, **__):
        Path(path).write_bytes(b"half")
        try:
            os.kill(os.getpid(), number)
        except KeyboardInterrupt:  # as a callback of a C library loses it
            if not swallowed:
                raise

    Path("m.keras").write_bytes(b"old")
    before = names()
    monkeypatch.setattr(keras.Model, "save", save)
    usual = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
    outer = signal.signal(number, usual)  # whatever started the tests may ignore it
    try:
        assert run("apply", "spec.yaml", *MODEL, "--out", "m.keras", "--audit", "a.json") == ending
        assert signal.getsignal(number) is usual
    finally:
        signal.signal(number, outer)
    assert (names(), Path("m.keras").read_bytes()) == (before, b"old")
