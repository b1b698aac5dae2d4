"""`declinit report` as a command: what it reads, what it writes, what it refuses."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

FINE, FINDINGS, USAGE = 0, 1, 2
TINY = ("--model", "models:tiny")


def test_the_page_goes_to_standard_output_without_a_file(run):
    code, out, err = run("report", "spec.yaml", *TINY)
    assert (code, err) == (FINE, "")
    assert out.startswith("<!doctype html>\n")
    assert out.endswith("</html>\n")
    assert run("report", "spec.yaml", *TINY, "--out", "page.html") == (
        FINE,
        "",
        "declinit: page.html: 6 variables\n",
    )
    assert Path("page.html").read_text(encoding="utf-8") == out


def test_two_policies_are_counted(run):
    code, out, err = run("report", "spec.yaml", "other.yaml", *TINY, "--out", "page.html")
    assert (code, out, err) == (FINE, "", "declinit: page.html: 1 of 6 variables differ\n")


def test_a_policy_may_be_overridden(run):
    line = ("report", "spec.yaml", *TINY, "--set", "seed=9", "--rule", "body/kernel=ones")
    code, out, _ = run(*line)
    assert (code, "seed 9" in out, "all 1" in out) == (FINE, True, True)


REFUSED = [
    ("report spec.yaml", "expected --model: what 'spec.yaml' draws depends on the model [DI701]"),
    (
        "report spec.yaml other.yaml",
        "expected --model: what two policies draw depends on the model [DI701]",
    ),
    (
        "report spec.yaml other.yaml --model models:tiny --set seed=1",
        "--set goes with one policy, received two [DI701]",
    ),
    (
        "report spec.yaml other.yaml --model models:tiny --rule **=ones",
        "--rule goes with one policy, received two [DI701]",
    ),
    (
        "report spec.yaml other.yaml --model models:tiny --probe",
        "--probe goes with one policy, received two [DI701]",
    ),
    (
        "report spec.yaml --model models:tiny --out page.txt",
        "--out 'page.txt': expected a .html or .htm file [DI703]",
    ),
    (
        "report spec.yaml --model models:tiny --out none/page.html",
        "cannot write 'none/page.html': its folder does not exist [DI704]",
    ),
    (
        "report spec.yaml --model models:tiny --out link.html",
        "'link.html' would overwrite 'spec.yaml', which this command uses [DI705]",
    ),
    (
        "report other.yaml other.yaml --model models:tiny --out link.html",
        "'link.html' would overwrite 'spec.yaml', which this command uses [DI705]",
    ),
]


@pytest.mark.parametrize(("line", "says"), REFUSED)
def test_what_cannot_be_reported_is_refused(run, line, says):
    Path("link.html").symlink_to("spec.yaml")
    before = Path("spec.yaml").read_bytes()
    assert run(*line.split()) == (USAGE, "", f"{says}\n1 error\n")
    assert Path("spec.yaml").read_bytes() == before


def test_a_probe_needs_a_model(run):
    assert run("apply", "spec.yaml", *TINY, "--audit", "audit.json")[0] == FINE
    refused = run("report", "audit.json", "--probe", "--out", "page.html")
    assert refused == (USAGE, "", "--probe needs --model [DI701]\n1 error\n")


def test_a_policy_with_faults_is_a_finding_and_makes_no_page(run, write):
    write("faulty.yaml", "declinit: 1\nrules:\n  - {match: '**/x', initializer: he_norml}\n")
    code, out, err = run("report", "faulty.yaml", *TINY, "--out", "page.html")
    assert (code, out, "[DI209]" in err, Path("page.html").exists()) == (FINDINGS, "", True, False)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("jinja2", "the page is written by Jinja2"),
        ("matplotlib", "the pictures are made by Matplotlib"),
    ],
)
def test_without_its_packages_it_says_what_to_install(run, monkeypatch, name, says):
    monkeypatch.setitem(sys.modules, name, None)
    code, out, err = run("report", "spec.yaml", *TINY, "--out", "page.html")
    hint = "pip install 'declinit[report]'"
    assert (code, out) == (USAGE, "")
    assert err == f"{says}, which is not installed; {hint} [DI730]\n1 error\n"
