"""What the page of a policy says, whatever it looks like."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from html_pages import Element, parsed

TINY = ("--model", "models:tiny")
ODD = ("--model", "models:odd", "--import", "models")


def facts(page: Element) -> dict[str, str]:
    pairs = page.one("dl", "facts").find("div")
    return {pair.one("dt").text: pair.one("dd").text for pair in pairs}


def figures(page: Element) -> dict[str, Element]:
    return {one.one("b").text: one for one in page.find("figure")}


def numbers(figure: Element) -> dict[str, str]:
    pairs = [pair for pairs in figure.find("dl") for pair in pairs.find("div")]
    return {pair.one("dt").text: pair.one("dd").text for pair in pairs}


def test_the_page_says_what_it_is_of(tiny_text):
    page = parsed(tiny_text)
    assert page.one("title").text == "spec.yaml: initialization"
    assert page.one("h1").text == "spec.yaml"
    assert page.one("p", "about").text == "Why we do this."
    assert page.one("p", "summary").text == "6 variables: 0 loaded, 6 drawn, 0 kept; seed 3"
    found = facts(page)
    assert re.fullmatch("[0-9a-f]{12}", found.pop("policy digest"))
    assert found == {
        "model": "tiny",
        "variables": "6",
        "parameters": "15,308",
        "rules": "4",
        "seed": "3",
        "generator": "portable",
    }


def test_a_policy_is_told_in_words(tiny_text):
    page = parsed(tiny_text)
    assert [one.one("p").text for one in page.one("ol", "words").find("li")] == [
        "1 variable that matches **/kernel (12,000 parameters) is filled with he_normal: truncated "
        "normal, stddev sqrt(2 / fan_in) after the cut at 2 stddev; stddev 0.2236.",
        "3 variables that match **/bias or **/beta (608 parameters) are filled with zeros.",
        "1 variable that matches **/gamma but not other/gamma in layers of class "
        "LayerNormalization (300 parameters) is filled with ones. As always.",
        "1 variable that matches head/kernel (2,400 parameters) is filled with "
        'random_normal(stddev="1 / 50"): N(mean, stddev**2); stddev = 1 / 50; stddev 0.02.',
    ]
    assert page.find("span", "where")[0].text == "spec.yaml:6:5"


def test_every_rule_has_its_numbers(tiny_text):
    rows = parsed(tiny_text).one("table", key="rules-table").rows()
    assert [row[:6] for row in rows] == [
        ["kernels", "1 of 2", "12,000", "he_normal", "truncated normal", "0.2236"],
        ["rest", "3", "608", "zeros", "constant", "all 0"],
        ["gains", "1", "300", "ones", "constant", "all 1"],
        ["head", "1", "2,400", 'random_normal(stddev="1 / 50")', "normal", "0.02"],
    ]
    assert [row[6:] for row in rows[1:3]] == [["all 0", ""], ["all 1", ""]]
    for row, expected in ((rows[0], 0.2236), (rows[3], 0.02)):
        ratio, error = map(float, row[7].split(" ± "))
        assert abs(ratio - 1) < 4 * error
        assert abs(float(row[6]) / expected - ratio) < 1e-3


def test_every_variable_has_a_row_with_its_picture(tiny_text):
    page = parsed(tiny_text)
    table = page.one("table", "variables")
    rows = table.rows()
    assert [row[:6] for row in rows] == [
        ["body/kernel", "kernels", "Dense", "40x300", "12,000", "drawn"],
        ["body/bias", "rest", "Dense", "300", "300", "drawn"],
        ["norm/gamma", "gains", "LayerNormalization", "300", "300", "drawn"],
        ["norm/beta", "rest", "LayerNormalization", "300", "300", "drawn"],
        ["head/kernel", "head", "Dense", "300x8", "2,400", "drawn"],
        ["head/bias", "rest", "Dense", "8", "8", "drawn"],
    ]
    paths = [path.attributes["d"] for path in table.find("path")]
    assert len(paths) == len(rows)
    assert paths[1] == "M40 24V0h4V24z"  # one bar in the middle, of zeros
    assert max(map(len, paths)) < 200


def test_every_rule_has_a_picture_with_its_numbers(tiny_text):
    found = figures(parsed(tiny_text))
    assert list(found) == ["kernels", "head", "rest", "gains"]  # constants are last, and small
    assert numbers(found["rest"]) == {}
    assert list(numbers(found["head"])) == [
        "expected stddev",
        "measured stddev",
        "ratio",
    ]
    label = found["kernels"].one("svg").attributes["aria-label"]
    assert label == "histogram of 12,000 values of kernels"
    assert [text.text for text in found["head"].find("text")] == ["-0.05", "0", "0.05", "value"]


@pytest.mark.parametrize(
    ("initializer", "axis"),
    [
        ({"name": "random_normal", "mean": 3, "stddev": 1e-30}, None),
        ({"name": "random_normal", "mean": 3, "stddev": 1e-4}, "distance from the mean, in"),
        ({"name": "random_normal", "mean": 3, "stddev": 0.1}, "value"),
        ({"name": "random_normal", "stddev": 1e30}, "value"),
        ({"name": "random_normal", "stddev": 0}, None),
        ({"name": "random_uniform", "minval": 1, "maxval": 3}, "value"),
    ],
)
def test_an_axis_is_read_in_values_where_these_can_be_told_apart(report, write, initializer, axis):
    rules = [{"id": "all", "match": "**", "initializer": initializer}]
    write("one.yaml", {"declinit": 1, "seed": 1, "rules": rules})
    texts = [one.text for one in figures(report("one.yaml", *TINY))["all"].find("text")]
    assert axis is None or any(text.startswith(axis) for text in texts)


def test_pictures_take_their_colours_from_the_page_and_have_ids_of_their_own(tiny_text):
    page = parsed(tiny_text)
    svgs = [one for figure in page.find("figure") for one in figure.find("svg")]
    styles = " ".join(one.attributes.get("style") or "" for svg in svgs for one in svg.walk())
    assert set(re.findall(r"#[0-9a-f]{6}", styles)) == set()
    assert {"var(--first)", "var(--second)", "var(--muted)"} <= set(
        re.findall(r"var\([\w-]+\)", styles)
    )
    ids = [one.attributes["id"] for one in page.walk() if "id" in one.attributes]
    assert len(ids) == len(set(ids))


def test_the_page_is_the_same_each_time(report):
    report("spec.yaml", *TINY)
    first = Path("page.html").read_bytes()
    report("spec.yaml", *TINY)
    assert Path("page.html").read_bytes() == first


def test_the_page_loads_nothing_from_anywhere(tiny_text):
    page = parsed(tiny_text)
    loading = {"src", "srcset", "data", "action", "poster"}
    assert [one for one in page.walk() if loading & set(one.attributes)] == []
    links = [one.attributes["href"] for one in page.walk() if "href" in one.attributes]
    assert [link for link in links if not link.startswith("#")] == []
    assert re.findall(r"@import|url\((?!#)", tiny_text) == []
    policy = next(
        one.attributes["content"]
        for one in page.find("meta")
        if one.attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; ")


HOSTILE = "<img src=x onerror=alert(1)></script><script>alert(2)</script>&amp;\u202e"


def test_html_in_names_and_notes_shows_as_text(report, run, write):
    named = ("--kwargs", json.dumps({"name": "a<img src=x onerror=alert(1)>'\"&amp;<script>x"}))
    rules = [
        {"id": "rest", "match": "**", "initializer": "zeros"},
        {"id": "kernels", "match": "**/kernel", "initializer": "he_normal", "note": HOSTILE},
    ]
    write("<b>.yaml", {"declinit": 1, "seed": 1, "note": HOSTILE, "rules": rules})
    page = report("<b>.yaml", *TINY, *named)
    shown = HOSTILE.replace("\u202e", "\ufffd")
    assert page.one("h1").text == "<b>.yaml"
    assert page.one("p", "about").text == shown
    assert page.one("ol", "words").find("li")[1].text.endswith(shown)
    paths = [row[0] for row in page.one("table", "variables").rows()]
    assert "a<img src=x onerror=alert(1)>'\"&amp;<script>x/kernel" in paths
    assert (page.find("img"), len(page.find("script"))) == ([], 1)

    assert run("plan", "<b>.yaml", *TINY, *named, "--out", "plan.json")[0] == 0
    plan = json.loads(Path("plan.json").read_text())
    for one in (*plan["rules"], *(variable["rule"] for variable in plan["variables"])):
        one |= {"rule": HOSTILE, "where": HOSTILE, "says": HOSTILE}
    plan["variables"][0]["layer"] = HOSTILE
    Path("plan.json").write_text(json.dumps(plan))
    page = report("plan.json", *TINY, *named)
    assert (page.find("img"), len(page.find("script"))) == ([], 1)
    assert page.one("table", key="rules-table").rows()[0][0] == shown
    assert shown in figures(page)
    assert page.one("table", "variables").rows()[0][1:3] == [shown, shown]


def test_an_empty_policy_is_a_page(report, write):
    write("empty.yaml", {"declinit": 1, "seed": 1, "strict": {"unmatched": "allow"}, "rules": []})
    page = report("empty.yaml", *TINY)
    assert facts(page)["rules"] == "0"
    (sentence,) = page.one("ol", "words").find("li")
    assert sentence.text == (
        "no rule 6 variables that no rule matches (15,308 parameters) are left as they are."
    )


def test_variables_of_every_kind_are_shown(report):
    page = report("odd.yaml", *ODD)
    rows = {row[0]: row for row in page.one("table", "variables").rows()}
    assert rows["odd/empty"][4:8] == ["0", "drawn", "0.5", "-"]
    assert rows["odd/half"][3] == "50x60 bfloat16"
    assert rows["odd/flag"][5:8] == ["kept", "", "all 0"]
    assert rows["odd/kept"][5:8] == ["kept", "", "-"]
    assert (rows["odd/square"][6], rows["odd/own"][6]) == ("", "")
    found = figures(page)
    caption = found["square"].one("figcaption").text
    assert caption == "square no common distribution, 1 variable"
    assert "3 values not finite" in [one.text for one in found["no rule"].find("p")]
    cells = {
        row.find("td")[0].text: row.find("path")
        for row in page.one("table", "variables").one("tbody").find("tr")
    }
    assert [path for path, drawn in cells.items() if not drawn] == ["odd/empty"]


TAKING = {
    "declinit": 1,
    "seed": 1,
    "checkpoints": {"base": "base.npz"},
    "strict": {"unmatched": "allow"},
    "rules": [
        {"id": "loaded", "match": "body/bias", "load": {"from": "base"}},
        {"id": "copied", "match": "norm/beta", "copy_of": {"path": "norm/gamma"}},
        {"id": "kept", "match": "body/kernel", "keep": True},
        {"id": "drawn", "match": "norm/gamma", "initializer": "ones"},
    ],
}


def test_what_is_loaded_copied_drawn_and_kept_is_told_apart(report, write):
    np.savez("base.npz", **{"body/bias": np.arange(300, dtype="float32")})
    write("taking.yaml", TAKING)
    page = report("taking.yaml", *TINY)
    assert page.one("p", "summary").text == (
        "6 variables: 1 loaded, 1 drawn, 1 copied, 3 kept; seed 1"
    )
    assert [one.one("p").text for one in page.one("ol", "words").find("li")] == [
        "1 variable that matches body/bias (300 parameters) is loaded: load from base.",
        "1 variable that matches norm/beta (300 parameters) is copied: copy of norm/gamma.",
        "1 variable that matches body/kernel (12,000 parameters) is left as it is.",
        "1 variable that matches norm/gamma (300 parameters) is filled with ones.",
        "2 variables that no rule matches (2,408 parameters) are left as they are.",
    ]
    rows = page.one("table", key="rules-table").rows()
    assert [row[4] for row in rows] == ["loaded", "copied", "kept", "constant", "kept"]
    assert [row[5] for row in page.one("table", "variables").rows()] == [
        "kept",
        "loaded",
        "drawn",
        "copied",
        "kept",
        "kept",
    ]


def test_a_plan_is_carried_out_without_its_policy(report, run):
    assert run("plan", "spec.yaml", *TINY, "--out", "plan.json")[0] == 0
    page = report("plan.json", *TINY)
    first = page.one("ol", "words").find("li")[0].one("p").text
    assert first.startswith("1 variable (12,000 parameters) is filled with he_normal: ")
    assert len(page.find("figure")) == 4


def test_an_audit_alone_shows_what_it_records(report, run):
    assert run("apply", "spec.yaml", *TINY, "--audit", "audit.json")[0] == 0
    page = report("audit.json")
    assert (page.find("figure"), "model" in facts(page)) == ([], False)
    table = page.one("table", "variables")
    assert [head.text for head in table.one("thead").find("th")][-3:] == ["mean", "min", "max"]
    recorded = json.loads(Path("audit.json").read_text())["variables"][0]
    assert table.rows()[0][8:] == [f"{recorded[key]:.4g}" for key in ("mean", "min", "max")]
    assert report("audit.json", *TINY).one("h1").text == "audit.json"


def test_what_an_audit_does_not_make_again_is_told(report, run):
    assert run("apply", "odd.yaml", *ODD, "--audit", "audit.json")[0] == 0
    audit = json.loads(Path("audit.json").read_text())
    changed = next(one for one in audit["variables"] if one["path"] == "odd/wide")
    changed["digest"] = changed["digest"][::-1]
    Path("audit.json").write_text(json.dumps(audit))
    page = report("audit.json", *ODD, expected=1)
    (warning,) = page.one("ul", "problems").find("li", "warning")
    assert warning.text.startswith("DI413 1 variable received other values than the audit records")


def test_warnings_are_shown_with_their_codes(report, write):
    rules = [
        {"match": "**", "initializer": "zeros"},
        {"id": "lost", "match": "head/kernel", "initializer": "ones"},
        {"id": "head", "match": "head/*", "initializer": {"name": "random_normal", "seed": 1}},
    ]
    write("warned.yaml", {"declinit": 1, "seed": 1, "rules": rules})
    page = report("warned.yaml", *TINY)
    told = [one.text for one in page.one("ul", "problems").find("li", "warning")]
    assert told == [
        "DI303 warned.yaml:1:79: rule 'lost' decides nothing: every variable it matches goes to "
        "later rule 'head'",
        "DI313 warned.yaml:1:142: seed 1 gives 2 variables the same random numbers: head/kernel, "
        "head/bias — leave the seed out to derive one for each",
    ]
    words = [one.one("p").text for one in page.one("ol", "words").find("li")]
    assert words[1] == "No variable that matches head/kernel is left: later rules decide all 1."


def test_two_policies_are_shown_over_each_other_with_their_differences_first(report):
    page = report("spec.yaml", "other.yaml", *TINY)
    assert page.one("h1").text == "spec.yaml and other.yaml"
    assert page.one("p", "summary").text == "1 of 6 variables differ, 5 do not"
    sections = [one.attributes["id"] for one in page.find("section")]
    assert sections == ["differences", "pictures", "first", "second", "variables"]
    figure = figures(page)["kernels"]
    assert figure.one("svg").attributes["aria-label"] == "histograms of both sides of kernels"
    rows = page.one("table", "variables").rows()
    assert rows[0][:2] == ["body/kernel", "kernels"]
    assert [row[5] for row in rows] == ["values", *["none"] * 5]
    first = page.one("table", "variables").one("tbody").find("tr")[0]
    assert len(first.find("path")) == 2
    words = page.one("section", key="second").find("li")[0].text
    assert "**/kernel" in words


def test_two_equal_policies_do_not_differ(report):
    page = report("spec.yaml", "spec.yaml", *TINY)
    assert page.one("p", "summary").text == "no difference, 6 variables"
    assert page.find("figure") == []


@pytest.mark.parametrize("rules", [70])
def test_the_rules_with_the_most_parameters_have_pictures(report, write, rules):
    config = [
        {"id": f"r{place}", "match": f"many/block_*_attention_{place}", "initializer": "zeros"}
        for place in range(rules)
    ]
    write("many.yaml", {"declinit": 1, "seed": 1, "rules": config})
    count = json.dumps({"count": rules})
    page = report("many.yaml", "--model", "models:many", "--kwargs", count)
    assert len(page.find("figure")) == 60
    assert len(page.one("table", key="rules-table").rows()) == rules
