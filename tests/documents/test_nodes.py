"""A node knows where everything in it was written, also after files were merged."""

from __future__ import annotations

import math

import pytest

from declinit.documents import MAX_DEPTH, Node, node_of, parse
from declinit.errors import Place, Source, SpecError

TEXT = """\
seed: 7
rules:
  - match: "**/kernel"
    initializer: {name: he_normal, scale: 2.0}
  - match:
      - a
"""


@pytest.fixture
def spec():
    return parse(TEXT, "spec.yaml")


@pytest.mark.parametrize(
    ("path", "value_at", "key_at"),
    [
        ([], "1:1", "1:1"),
        (["seed"], "1:7", "1:1"),
        (["rules"], "3:3", "2:1"),
        (["rules", 0], "3:5", "3:5"),
        (["rules", 0, "match"], "3:12", "3:5"),
        (["rules", 0, "initializer"], "4:18", "4:5"),
        (["rules", 0, "initializer", "scale"], "4:43", "4:36"),
        (["rules", 1, "match", 0], "6:9", "6:9"),
        (["rules", 1, "initializer"], "5:5", "5:5"),
        (["rules", 9, "x"], "3:3", "3:3"),
        (["seed", "x"], "1:7", "1:7"),
        (["rules", "match"], "3:3", "3:3"),
        (["rules", -1], "3:3", "3:3"),
    ],
)
def test_a_path_leads_to_the_value_or_its_key_or_as_deep_as_it_goes(spec, path, value_at, key_at):
    assert str(spec.place_of(path)) == f"spec.yaml:{value_at}"
    assert str(spec.place_of(path, key=True)) == f"spec.yaml:{key_at}"


def test_at_gives_the_deepest_node_on_the_way(spec):
    assert spec.at(["rules", 0, "initializer", "name"]).value == "he_normal"
    assert spec.at(["rules", 0, "initializer", "nam", "x"]).value["scale"] == 2.0


def test_fields_and_items_are_the_children_by_kind(spec):
    assert list(spec.fields) == ["seed", "rules"]
    assert [rule.value["match"] for rule in spec.fields["rules"].items] == ["**/kernel", ["a"]]
    assert spec.items == []
    assert spec.fields["seed"].fields == {}
    assert spec.fields["seed"].children is None


def test_nodes_of_several_files_keep_their_own_sources(spec):
    child = parse('{"rules": [{"match": "x"}]}', "child.json", "json")
    rules = Node.sequence(spec.fields["rules"].items + child.fields["rules"].items, child.place)
    merged = Node.mapping(spec.fields | {"rules": rules}, child.place, spec.keys)
    assert merged.value["rules"][2] == {"match": "x"}
    assert str(merged.place_of(["seed"], key=True)) == "spec.yaml:1:1"
    assert str(merged.place_of(["rules", 0, "match"])) == "spec.yaml:3:12"
    assert str(merged.place_of(["rules", 2, "match"])) == "child.json:1:22"
    assert str(merged.place_of(["rules", 2, "match"], key=True)) == "child.json:1:13"


def test_a_key_without_a_place_is_where_its_value_is():
    seed = parse("7", "--seed")
    merged = Node.mapping({"seed": seed}, Place(Source("spec.yaml", "a"), 1, 1))
    assert str(merged.place_of(["seed"], key=True)) == "--seed:1:1"


def test_python_data_becomes_nodes_that_are_placed_by_their_keys():
    node = node_of({"a": (1, 2.5), "b": [{"c": None, "$d.e": [0]}]}, Source("<python>", ""))
    assert node.value == {"a": [1, 2.5], "b": [{"c": None, "$d.e": [0]}]}
    assert str(node.place) == "<python>"
    assert str(node.place_of(["b", 0])) == "b[0]"
    assert str(node.place_of(["b", 0, "c"])) == "b[0].c"
    assert str(node.place_of(["b", 0, "c"], key=True)) == "b[0].c"
    assert str(node.place_of(["b", 0, "$d.e", 0])) == "b[0]['$d.e'][0]"


def test_nodes_that_are_joined_keep_the_place_that_they_are_given():
    node = node_of({"rules": [{"a": 1}]}, Source("<python>", ""))
    rules = node.fields["rules"]
    assert str(Node.sequence(rules.items, rules.place).place) == "rules"
    assert str(Node.mapping(rules.items[0].fields, rules.items[0].place).place) == "rules[0]"


def test_python_data_can_stand_for_a_place_in_a_text():
    node = node_of({"a": True}, Source("a.yaml", "b: 1"), 1, 4)
    assert str(node.place_of(["a"])) == "a.yaml:1:4"


def test_python_data_is_held_to_the_limits_of_a_file():
    data = {"a": [math.nan, {1, 2}], 3: {"b": 10**400}, None: "\ud800"}
    with pytest.raises(SpecError) as caught:
        node_of(data, Source("<python>", ""))
    assert [problem.headline for problem in caught.value.problems] == [
        "a[0]: nan is not a finite number; no setting takes NaN or infinity [DI107]",
        "a[1]: expected plain data, received builtins.set; "
        "give mappings, lists, str, int, float, bool or None, or NumPy's numbers and arrays [DI118]",
        "<python>: a key must be a string; 3 is an integer [DI106]",
        "[3].b: an integer of more than 300 digits is too long [DI107]",
        "<python>: a key must be a string; None is null [DI106]",
        "[None]: this text holds an escape that is not a character; "
        "write the character itself instead of its escape [DI108]",
    ]


def test_python_data_that_holds_itself_is_refused():
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(SpecError, match=f"nested deeper than {MAX_DEPTH} levels"):
        node_of(loop, Source("<python>", ""))
